import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue, MAX_ENTITY } from "../../../src/engine/event-queue.ts";
import { randomStream } from "../../../src/engine/random-streams.ts";

interface Event {
  readonly time: number;
  readonly orderClass: number;
  readonly entity: number;
}

/** Few distinct values, so that ties are common. */
const event: fc.Arbitrary<Event> = fc.record({
  time: fc.nat({ max: 9 }),
  orderClass: fc.nat({ max: 6 }),
  entity: fc.oneof(fc.nat({ max: 9 }), fc.constant(MAX_ENTITY - 1)),
});

const byKey = (a: Event, b: Event) =>
  a.time - b.time || a.orderClass - b.orderClass || a.entity - b.entity;

/** Pushes with the index as stamp. */
function pushAll(queue: EventQueue, events: readonly Event[]): void {
  events.forEach(({ time, orderClass, entity }, index) => {
    queue.push(time, orderClass, entity, index);
  });
}

function popped({ time, orderClass, entity }: EventQueue): Event {
  return { time, orderClass, entity };
}

describe("EventQueue", () => {
  test("is empty at first", () => {
    const queue = new EventQueue();
    expect(queue.length).toBe(0);
    expect(queue.pop()).toBe(false);
  });

  test("pops in the order of time, class and entity, each event with its stamp", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const queue = new EventQueue();
        pushAll(queue, events);
        const stamps: number[] = [];
        for (const expected of [...events].sort(byKey)) {
          expect(queue.pop()).toBe(true);
          expect(popped(queue)).toEqual(expected);
          expect(events[queue.stamp]).toEqual(expected);
          stamps.push(queue.stamp);
        }
        expect(queue.pop()).toBe(false);
        expect(new Set(stamps).size).toBe(events.length);
      }),
    );
  });

  test("stays in order when pushes and pops alternate", () => {
    const operation = fc.oneof(event, fc.constant("pop" as const));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const queue = new EventQueue();
        const pending: Event[] = [];
        for (const next of operations) {
          if (next !== "pop") {
            queue.push(next.time, next.orderClass, next.entity, 0);
            pending.push(next);
            continue;
          }
          const expected = pending.sort(byKey).shift();
          expect(queue.nextTime).toBe(expected?.time ?? Number.POSITIVE_INFINITY);
          expect(queue.pop()).toBe(expected !== undefined);
          if (expected !== undefined) expect(popped(queue)).toEqual(expected);
        }
        expect(queue.length).toBe(pending.length);
      }),
    );
  });

  test("does not depend on the order of pushes", () => {
    fc.assert(
      fc.property(fc.uniqueArray(event, { selector: JSON.stringify, maxLength: 50 }), (events) => {
        const [forwards, backwards] = [new EventQueue(), new EventQueue()];
        pushAll(forwards, events);
        pushAll(backwards, [...events].reverse());
        while (forwards.pop()) {
          expect(backwards.pop()).toBe(true);
          expect(popped(backwards)).toEqual(popped(forwards));
        }
      }),
    );
  });

  test("grows past its first capacity", () => {
    const queue = new EventQueue();
    const count = 5000;
    for (let index = 0; index < count; index++) {
      queue.push((index * 7919) % count, 3, index, (index * 7919) % count);
    }
    expect(queue.length).toBe(count);
    for (let time = 0; time < count; time++) {
      expect(queue.pop()).toBe(true);
      expect([queue.time, queue.stamp]).toEqual([time, time]);
    }
    expect(queue.length).toBe(0);
  });

  test("keeps stale events beside the live one of an entity", () => {
    const queue = new EventQueue();
    for (const stamp of [3, 1, 2]) queue.push(10, 0, 7, stamp);
    const stamps: number[] = [];
    while (queue.pop()) stamps.push(queue.stamp);
    expect(stamps.sort()).toEqual([1, 2, 3]);
  });

  test("keeps the largest time, class and entity exact", () => {
    const queue = new EventQueue();
    queue.push(Number.MAX_SAFE_INTEGER, 15, MAX_ENTITY - 1, 2 ** 32 - 1);
    queue.pop();
    expect(popped(queue)).toEqual({
      time: Number.MAX_SAFE_INTEGER,
      orderClass: 15,
      entity: MAX_ENTITY - 1,
    });
    expect(queue.stamp).toBe(2 ** 32 - 1);
  });
});

/** More than the heap keeps: the later events wait outside it. */
const MANY = 20_000;

describe("an EventQueue of very many events", () => {
  const phase = fc.record({
    pushes: fc.constantFrom(0, 1, 300, MANY),
    pops: fc.constantFrom(0, 1, 300, MANY, 3 * MANY),
    /** Times pushed are up to so much later than the time popped last. */
    spread: fc.constantFrom(0, 1, 50, 1e6),
    /** Or earlier than any before. */
    isEarly: fc.boolean(),
    /** Whether pushes and pops alternate. */
    isMixed: fc.boolean(),
  });

  test("stays in order, whatever comes when", () => {
    let most = 0;
    const property = fc.property(
      fc.array(phase, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (phases, seed) => {
        const pair = new QueuePair(seed);
        pair.pushSome(MANY, 1e6, false);
        for (const { pushes, pops, spread, isEarly, isMixed } of phases) {
          const parts = isMixed ? 100 : 1;
          for (let part = 0; part < parts; part++) {
            pair.pushSome(Math.ceil(pushes / parts), spread, isEarly);
            pair.popSome(Math.ceil(pops / parts));
          }
          most = Math.max(most, pair.queue.length);
        }
        pair.popSome(pair.queue.length);
        expect(pair.queue.pop()).toBe(false);
      },
    );
    fc.assert(property, { numRuns: 8 });
    expect(most).toBeGreaterThanOrEqual(2 * MANY);
  });

  test("takes events at one and the same time, and others before and after them", () => {
    const pair = new QueuePair(1);
    pair.pushSome(MANY, 0, false);
    pair.pushSome(MANY, 2, false);
    pair.pushSome(MANY, 10, true);
    pair.popSome(3 * MANY);
    expect(pair.queue.length).toBe(0);
  });

  test("pops an event that comes when later ones wait outside the heap, and precedes all", () => {
    const queue = new EventQueue();
    for (let index = 0; index < MANY; index++) queue.push(1000 + index, 1, index, 0);
    expect(queue.pop()).toBe(true);
    queue.push(1000, 0, 5, 0);
    queue.push(999, 3, 7, 0);
    const first = Array.from({ length: 3 }, () => {
      queue.pop();
      return popped(queue);
    });
    expect(first).toEqual([
      { time: 999, orderClass: 3, entity: 7 },
      { time: 1000, orderClass: 0, entity: 5 },
      { time: 1001, orderClass: 1, entity: 1 },
    ]);
    expect(queue.length).toBe(MANY - 2);
  });

  test("keeps one event of each of many sources going, each a step ahead", () => {
    const pair = new QueuePair(2);
    pair.pushSome(MANY, 1000, false);
    for (let step = 0; step < 2 * MANY; step++) {
      pair.popSome(1);
      pair.pushSome(1, 1000, false);
    }
    expect(pair.queue.length).toBe(MANY);
  });
});

/** Events are numbered by the order of pushes; numbers, classes and times are below these. */
const MAX_NUMBER = 2 ** 22;
const MAX_CLASS = 8;
const MAX_TIME = 2 ** 25;

/** A queue, and the same events as sorted numbers. */
class QueuePair {
  readonly queue = new EventQueue();
  /** The pending events as (time · MAX_CLASS + class) · MAX_NUMBER + number, the first one last. */
  readonly #keys: number[] = [];
  readonly #random: () => number;
  #count = 0;
  #now = MAX_TIME / 2;

  constructor(seed: number) {
    this.#random = randomStream(seed, "events");
  }

  pushSome(count: number, spread: number, isEarly: boolean): void {
    const start = isEarly ? Math.max(0, this.#now - spread) : this.#now;
    for (let index = 0; index < count; index++) {
      const time = start + Math.floor(this.#random() * (spread + 1));
      const number = this.#count++;
      const orderClass = Math.floor(this.#random() * MAX_CLASS);
      this.queue.push(time, orderClass, number, number + 1);
      this.#insert((time * MAX_CLASS + orderClass) * MAX_NUMBER + number);
    }
    if (this.queue.length !== this.#keys.length) {
      expect(this.queue.length).toBe(this.#keys.length);
    }
  }

  popSome(count: number): void {
    const { queue } = this;
    for (let index = 0; index < count && this.#keys.length > 0; index++) {
      const expected = this.#keys.pop()!;
      const { nextTime } = queue;
      const isPopped = queue.pop();
      const { time, orderClass, entity, stamp } = queue;
      const key = (time * MAX_CLASS + orderClass) * MAX_NUMBER + entity;
      this.#now = time;
      if (nextTime !== time) expect(nextTime).toBe(time);
      if (isPopped && key === expected && stamp === entity + 1) continue;
      expect([isPopped, key, stamp]).toEqual([true, expected, (expected % MAX_NUMBER) + 1]);
    }
  }

  #insert(key: number): void {
    const keys = this.#keys;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]! > key) low = middle + 1;
      else high = middle;
    }
    keys.splice(low, 0, key);
  }
}
