import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue, MAX_ENTITY } from "../../../src/engine/event-queue.ts";

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
