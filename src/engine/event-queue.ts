/**
 * The pending events, in a total and stable order: (time, order class, entity id), so it never
 * depends on when an event was pushed. Two live events with an equal key are a bug of the caller,
 * except for stale ones (see `stamp`).
 *
 * A binary heap over one typed array. The place of the event popped last stays open, and the next
 * push fills it: a handler that schedules its next event costs one pass through the heap, not two.
 * A heap much larger than the processor's caches is slow, so beyond FULL_HEAP events the later
 * ones wait unsorted outside it until their time comes near.
 */

import { assert } from "../errors.ts";

/** Entities are numbered below this; class and entity together stay exact in a double. */
export const MAX_ENTITY = 2 ** 48;

const PER_ENTITY = 1 / MAX_ENTITY;

/** Doubles of an event: time, rank (orderClass · MAX_ENTITY + entity), stamp, padding. */
const STRIDE = 4;

/** A heap that grows past this many events keeps about a NEAR_PART of them. */
const FULL_HEAP = 16_384;
const SAMPLES = 64;
const NEAR_PART = 1 / 8;

/** Priority queue of events; the fields of the event popped last are its public fields. */
export class EventQueue {
  /** Ticks of the event popped last. */
  time = 0;
  /** Order class of the event popped last. */
  orderClass = 0;
  /** Entity of the event popped last. */
  entity = 0;
  /** Caller's generation stamp of the event popped last: a mismatch marks a dropped event. */
  stamp = 0;

  /** The heap: events up to the horizon. */
  #near: Float64Array = new Float64Array(STRIDE * 1024);
  /** Events in the heap, the open root included. */
  #nearCount = 0;
  #isRootOpen = false;
  /** Events past the horizon, in no order: their times, and their ranks and stamps. */
  #farTimes: Float64Array = new Float64Array(1024);
  #farRest: Float64Array = new Float64Array(2 * 1024);
  #farCount = 0;
  #horizon = Number.POSITIVE_INFINITY;
  /** Events at which the heap hands later ones over. */
  #fullCount = FULL_HEAP;

  /** Number of pending events, stale ones included. */
  get length(): number {
    return this.#nearCount - (this.#isRootOpen ? 1 : 0) + this.#farCount;
  }

  /** Ticks of the earliest pending event; infinite without one. */
  get nextTime(): number {
    const near = this.#near;
    const count = this.#nearCount;
    if (!this.#isRootOpen && count > 0) return near[0]!;
    let time = Number.POSITIVE_INFINITY;
    if (count > 1) time = near[STRIDE]!;
    if (count > 2 && near[2 * STRIDE]! < time) time = near[2 * STRIDE]!;
    if (count > 1) return time;
    for (let event = 0; event < this.#farCount; event++) {
      if (this.#farTimes[event]! < time) time = this.#farTimes[event]!;
    }
    return time;
  }

  /** Adds an event; `orderClass` < 16, `entity` < MAX_ENTITY. */
  push(time: number, orderClass: number, entity: number, stamp: number): void {
    const rank = orderClass * MAX_ENTITY + entity;
    if (this.#nearCount >= this.#fullCount) this.#spill();
    if (time > this.#horizon) this.#pushFar(time, rank, stamp);
    else if (this.#isRootOpen) {
      this.#isRootOpen = false;
      this.#siftDown(time, rank, stamp);
    } else this.#pushNear(time, rank, stamp);
  }

  /** Moves the earliest event into the public fields; false when there is none. */
  pop(): boolean {
    if (this.#isRootOpen) this.#closeRoot();
    if (this.#nearCount === 0) {
      if (this.#farCount === 0) return false;
      this.#advanceHorizon();
    }
    const near = this.#near;
    const rank = near[1]!;
    const orderClass = Math.floor(rank * PER_ENTITY);
    this.time = near[0]!;
    this.orderClass = orderClass;
    this.entity = rank - orderClass * MAX_ENTITY;
    this.stamp = near[2]!;
    this.#isRootOpen = true;
    return true;
  }

  /** Adds an event at the end of the heap and moves it up. */
  #pushNear(time: number, rank: number, stamp: number): void {
    if (STRIDE * this.#nearCount === this.#near.length) this.#near = grown(this.#near);
    const near = this.#near;
    let hole = STRIDE * this.#nearCount++;
    while (hole > 0) {
      const parent = STRIDE * ((hole / STRIDE - 1) >> 1);
      const parentTime = near[parent]!;
      if (parentTime < time || (parentTime === time && near[parent + 1]! <= rank)) break;
      near[hole] = parentTime;
      near[hole + 1] = near[parent + 1]!;
      near[hole + 2] = near[parent + 2]!;
      hole = parent;
    }
    near[hole] = time;
    near[hole + 1] = rank;
    near[hole + 2] = stamp;
  }

  /** Puts an event into the open root and moves it down. */
  #siftDown(time: number, rank: number, stamp: number): void {
    const near = this.#near;
    const end = STRIDE * this.#nearCount;
    let hole = 0;
    for (let child = STRIDE; child < end; child = 2 * hole + STRIDE) {
      const right = child + STRIDE;
      let childTime = near[child]!;
      if (right < end) {
        const rightTime = near[right]!;
        if (
          rightTime < childTime ||
          (rightTime === childTime && near[right + 1]! < near[child + 1]!)
        ) {
          child = right;
          childTime = rightTime;
        }
      }
      if (time < childTime || (time === childTime && rank <= near[child + 1]!)) break;
      near[hole] = childTime;
      near[hole + 1] = near[child + 1]!;
      near[hole + 2] = near[child + 2]!;
      hole = child;
    }
    near[hole] = time;
    near[hole + 1] = rank;
    near[hole + 2] = stamp;
  }

  /** Fills the open root with the last leaf. */
  #closeRoot(): void {
    this.#isRootOpen = false;
    this.#nearCount--;
    if (this.#nearCount === 0) return;
    const last = STRIDE * this.#nearCount;
    this.#siftDown(this.#near[last]!, this.#near[last + 1]!, this.#near[last + 2]!);
  }

  #pushFar(time: number, rank: number, stamp: number): void {
    const event = this.#farCount++;
    if (event === this.#farTimes.length) {
      this.#farTimes = grown(this.#farTimes);
      this.#farRest = grown(this.#farRest);
    }
    this.#farTimes[event] = time;
    this.#farRest[2 * event] = rank;
    this.#farRest[2 * event + 1] = stamp;
  }

  /** Takes the later events out of the heap. */
  #spill(): void {
    if (this.#isRootOpen) this.#closeRoot();
    const near = this.#near.slice();
    const count = this.#nearCount;
    const horizon = earlyTime((event) => near[STRIDE * event]!, count);
    this.#nearCount = 0;
    for (let event = 0; event < STRIDE * count; event += STRIDE) {
      const time = near[event]!;
      if (time <= horizon) this.#pushNear(time, near[event + 1]!, near[event + 2]!);
      else this.#pushFar(time, near[event + 1]!, near[event + 2]!);
    }
    this.#setHorizon(horizon);
  }

  /** Moves the earliest of the far events into the heap, which is empty. */
  #advanceHorizon(): void {
    const times = this.#farTimes;
    const rest = this.#farRest;
    let count = this.#farCount;
    // Few enough are all in the heap again.
    const horizon =
      count <= FULL_HEAP / 2
        ? Number.POSITIVE_INFINITY
        : earlyTime((event) => times[event]!, count);
    for (let event = 0; event < count; ) {
      const time = times[event]!;
      if (time > horizon) {
        event++;
        continue;
      }
      this.#pushNear(time, rest[2 * event]!, rest[2 * event + 1]!);
      count--;
      times[event] = times[count]!;
      rest[2 * event] = rest[2 * count]!;
      rest[2 * event + 1] = rest[2 * count + 1]!;
    }
    this.#farCount = count;
    this.#setHorizon(horizon);
  }

  #setHorizon(horizon: number): void {
    this.#horizon = horizon;
    // Events at one and the same time stay together: the heap may still be large.
    this.#fullCount = Math.max(FULL_HEAP, 2 * this.#nearCount);
  }
}

/** A time that about a NEAR_PART of `count` events do not pass, and at least one does not. */
function earlyTime(timeOf: (event: number) => number, count: number): number {
  const times = new Float64Array(Math.min(count, SAMPLES));
  for (let sample = 0; sample < times.length; sample++) {
    times[sample] = timeOf(Math.floor((sample * count) / times.length));
  }
  return times.sort()[Math.floor(times.length * NEAR_PART)]!;
}

function grown(events: Float64Array): Float64Array {
  const larger = new Float64Array(2 * events.length);
  assert(larger.length <= 2 ** 30, "more than 2^28 pending events");
  larger.set(events);
  return larger;
}
