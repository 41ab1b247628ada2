/**
 * The pending events: a binary heap over parallel typed arrays. The order is total and stable:
 * (time, order class, entity id), so it never depends on when an event was pushed.
 * Two live events with an equal key are a bug of the caller, except for stale ones (see `stamp`).
 */

import { assert } from "../errors.ts";

/** Entities are numbered below this; class and entity together stay exact in a double. */
export const MAX_ENTITY = 2 ** 48;

const INITIAL_CAPACITY = 1024;

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

  #length = 0;
  #times = new Float64Array(INITIAL_CAPACITY);
  /** orderClass · MAX_ENTITY + entity. */
  #ranks = new Float64Array(INITIAL_CAPACITY);
  #stamps = new Uint32Array(INITIAL_CAPACITY);

  /** Number of pending events, stale ones included. */
  get length(): number {
    return this.#length;
  }

  /** Adds an event; `orderClass` < 16, `entity` < MAX_ENTITY. */
  push(time: number, orderClass: number, entity: number, stamp: number): void {
    if (this.#length === this.#times.length) this.#grow();
    const times = this.#times;
    const ranks = this.#ranks;
    const stamps = this.#stamps;
    const rank = orderClass * MAX_ENTITY + entity;
    let hole = this.#length++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const parentTime = times[parent]!;
      if (parentTime < time || (parentTime === time && ranks[parent]! <= rank)) break;
      times[hole] = parentTime;
      ranks[hole] = ranks[parent]!;
      stamps[hole] = stamps[parent]!;
      hole = parent;
    }
    times[hole] = time;
    ranks[hole] = rank;
    stamps[hole] = stamp;
  }

  /** Moves the earliest event into the public fields; false when there is none. */
  pop(): boolean {
    if (this.#length === 0) return false;
    const rank = this.#ranks[0]!;
    this.time = this.#times[0]!;
    this.orderClass = Math.floor(rank / MAX_ENTITY);
    this.entity = rank - this.orderClass * MAX_ENTITY;
    this.stamp = this.#stamps[0]!;
    this.#length--;
    if (this.#length > 0) this.#siftDownLast();
    return true;
  }

  /** Puts the last leaf into the hole at the root and restores the heap. */
  #siftDownLast(): void {
    const times = this.#times;
    const ranks = this.#ranks;
    const stamps = this.#stamps;
    const length = this.#length;
    const time = times[length]!;
    const rank = ranks[length]!;
    const stamp = stamps[length]!;
    let hole = 0;
    for (let child = 1; child < length; child = 2 * hole + 1) {
      const right = child + 1;
      if (right < length && isBefore(times, ranks, right, child)) child = right;
      const childTime = times[child]!;
      if (time < childTime || (time === childTime && rank <= ranks[child]!)) break;
      times[hole] = childTime;
      ranks[hole] = ranks[child]!;
      stamps[hole] = stamps[child]!;
      hole = child;
    }
    times[hole] = time;
    ranks[hole] = rank;
    stamps[hole] = stamp;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    assert(capacity <= 2 ** 30, "more than 2^30 pending events");
    const times = new Float64Array(capacity);
    const ranks = new Float64Array(capacity);
    const stamps = new Uint32Array(capacity);
    times.set(this.#times);
    ranks.set(this.#ranks);
    stamps.set(this.#stamps);
    this.#times = times;
    this.#ranks = ranks;
    this.#stamps = stamps;
  }
}

function isBefore(times: Float64Array, ranks: Float64Array, a: number, b: number): boolean {
  const timeA = times[a]!;
  const timeB = times[b]!;
  return timeA < timeB || (timeA === timeB && ranks[a]! < ranks[b]!);
}
