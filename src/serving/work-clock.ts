/**
 * When the iterations of a replica end. An iteration is H host ticks, never stretched, and w
 * sub-ticks of GPU work, stretched by the slowdown σ ≥ 1 that the GPU's other tenants cause.
 * While the batch and σ stay the same (a regime anchored at t_r, j_r, w_r),
 *
 *   end(j) = t_r + H·(j − j_r) + round(σ·(w_j − w_r) / 256)
 *
 * with w_j the integer work of the first j iterations. Rounding up instead would make a replica
 * that is never idle late by half a tick a batch. An iteration whose kernels are launched one by
 * one ends no sooner than H and its launch ticks after it began, whatever σ is: such an iteration
 * is a batch of its own. The anchor moves only when the batch or σ
 * changes, which happens at the same instants however many iterations an event covers: this is
 * why coalesced and stepwise runs agree to the tick.
 */

import { assert } from "../errors.ts";
import { SUBTICKS } from "./iteration-costs.ts";

/** Time of one replica's iterations; ticks and sub-ticks. */
export class WorkClock {
  /** Slowdown σ in force. */
  slowdown = 1;
  /** Iterations of the batch that ended before the run in flight. */
  iterations = 0;
  /** Start of the batch. */
  batchStart = 0;

  #host = 0;
  #launch = 0;
  /** Tick before which no iteration of the batch ends. */
  #floor = 0;
  #work = 0;
  /** Of the run: iteration i (from 0) costs fixed + perToken · (context + i·batch) sub-ticks. */
  #fixed = 0;
  #perContextToken = 0;
  #context = 0;
  #batch = 0;
  #anchorTime = 0;
  #anchorIteration = 0;
  #anchorWork = 0;

  /**
   * Starts a new batch whose iterations take `host` ticks on the host. With `launch` ticks it has
   * only one, which takes as long after the host part at least.
   */
  beginBatch(now: number, host: number, launch = 0): void {
    this.batchStart = now;
    this.#host = host;
    this.#launch = launch;
    this.#floor = launch > 0 ? now + host + launch : 0;
    this.iterations = 0;
    this.#work = 0;
    this.#anchor(now, 0, 0);
  }

  /** Sets what the coming iterations of the batch cost: each the same but for the context. */
  beginRun(fixed: number, perContextToken: number, context: number, batch: number): void {
    this.#fixed = fixed;
    this.#perContextToken = perContextToken;
    this.#context = context;
    this.#batch = batch;
  }

  /** Sub-ticks of the run's first iteration. */
  get nextWork(): number {
    return this.#runWork(1);
  }

  /** Tick at which the k-th iteration of the run ends; for k = 0, at which the run starts. */
  endOf(k: number): number {
    const work = this.#work + this.#runWork(k) - this.#anchorWork;
    const host = this.#host * (this.iterations + k - this.#anchorIteration);
    const end = this.#anchorTime + host + Math.round((this.slowdown * work) / SUBTICKS);
    return end < this.#floor && k > 0 ? this.#floor : end;
  }

  /** Iterations of the run that ended at or before `now`, at most `limit`. */
  completedBy(now: number, limit: number): number {
    const stretch = this.slowdown / SUBTICKS;
    const bend = (stretch * this.#perContextToken * this.#batch) / 2;
    const work = this.#fixed + this.#perContextToken * this.#context;
    const slope = this.#host + stretch * work - bend;
    const elapsed = now - this.endOf(0);
    // But for rounding, bend·k² + slope·k ticks have passed after k iterations.
    const guess = (2 * elapsed) / (slope + Math.sqrt(slope * slope + 4 * bend * elapsed));
    let completed = guess > 0 ? Math.min(Math.floor(guess), limit) : 0;
    while (completed < limit && this.endOf(completed + 1) <= now) completed++;
    while (completed > 0 && this.endOf(completed) > now) completed--;
    return completed;
  }

  /** Counts k iterations of the run as done. */
  completeRun(k: number): void {
    this.#work += this.#runWork(k);
    this.iterations += k;
    this.beginRun(0, 0, 0, 0);
    assert(this.#launch === 0 || this.iterations === 1, "a batch with launches ran on");
    assert(this.#work <= Number.MAX_SAFE_INTEGER, "a batch ran for over an hour unchanged");
  }

  /** Ticks that the batch would have taken by now alone on the GPU; between runs only. */
  unstretched(): number {
    const work = Math.round(this.#work / SUBTICKS);
    return this.#host * this.iterations + Math.max(work, this.#launch);
  }

  /** Changes σ between two runs: the regime starts with the next one. */
  changeSlowdownBetweenRuns(now: number, slowdown: number): void {
    this.slowdown = slowdown;
    this.#anchor(now, this.iterations, this.#work);
  }

  /**
   * Changes σ while iteration k + 1 of the run is under way, k having ended: its host part is
   * finished first, and the work it has left is stretched anew.
   */
  changeSlowdownInRun(now: number, k: number, slowdown: number): void {
    const iteration = this.iterations + k + 1;
    let gpuStart = this.#anchorTime;
    let done = this.#anchorWork;
    if (this.#anchorIteration !== iteration) {
      gpuStart = this.endOf(k) + this.#host;
      done = this.#work + this.#runWork(k);
    }
    const end = this.#work + this.#runWork(k + 1);
    const elapsed = Math.max(0, now - gpuStart);
    const progressed = done + Math.floor((elapsed * SUBTICKS) / this.slowdown);
    this.slowdown = slowdown;
    this.#anchor(Math.max(now, gpuStart), iteration, Math.min(end, progressed));
  }

  /** Sub-ticks of the first k iterations of the run: k·fixed + β·(k·S + B·k(k − 1)/2). */
  #runWork(k: number): number {
    const contextTokens = k * this.#context + (this.#batch * k * (k - 1)) / 2;
    return k * this.#fixed + this.#perContextToken * contextTokens;
  }

  #anchor(time: number, iteration: number, work: number): void {
    this.#anchorTime = time;
    this.#anchorIteration = iteration;
    this.#anchorWork = work;
  }
}
