/**
 * Where the time of a replica goes: ticks with an iteration under way, and ticks lost to others on
 * its GPUs, which slow it down or have the GPUs while it is paused.
 */

import type { WorkClock } from "./work-clock.ts";

/** Busy and lost ticks of one replica. */
export class LostTime {
  readonly #clock: WorkClock;
  /** Of all batches but the present one. */
  #busyBefore = 0;
  #lostBefore = 0;

  constructor(clock: WorkClock) {
    this.#clock = clock;
  }

  /** Lost ticks up to the batch that begins or has begun. */
  get beforeBatch(): number {
    return this.#lostBefore;
  }

  /** Busy ticks up to now, with a batch under way or without. */
  busy(now: number, isInBatch: boolean): number {
    return this.#busyBefore + (isInBatch ? now - this.#clock.batchStart : 0);
  }

  /** Lost ticks up to now: a boundary of a batch at which it changes. */
  lost(now: number): number {
    const elapsed = now - this.#clock.batchStart;
    // Each change of the slowdown rounds: a tiny loss could come out as a tick won.
    return this.#lostBefore + Math.max(0, elapsed - this.#clock.unstretched());
  }

  /** The batch under way ends. */
  endBatch(now: number): void {
    this.#lostBefore = this.lost(now);
    this.#busyBefore = this.busy(now, true);
  }

  /** Counts ticks in which others had the GPUs. */
  addPause(ticks: number): void {
    this.#lostBefore += ticks;
  }
}
