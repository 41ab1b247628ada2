/**
 * Little's law, L = λ·W, over a window of a run: the mean number of executions in the system,
 * counted as they come and go, against their rate and the time that each was measured to take.
 * In a finite window the two sides differ by what happens at its edges, and by nothing else:
 *
 *   ∫ number dt = Σ times of the window's arrivals − what of these is after the window
 *                                                  + what is inside of earlier arrivals' times
 */

import { assert } from "../errors.ts";

/** Part of the integral by which long sums of ticks may be off. */
const ROUNDING = 1e-9;

/** Both sides of the law; times in ticks, the rate per tick. */
export interface LittlesLaw {
  readonly numberInSystem: number;
  readonly arrivalRate: number;
  readonly timeInSystem: number;
  /** Ticks of the integral that neither the measured times nor the edges explain: always 0. */
  readonly unexplained: number;
}

/** Watches executions come and go. */
export class LittlesLawObserver {
  #count = 0;
  #since = 0;
  #area = 0;
  #start = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;
  #arrivals = 0;
  #times = 0;
  /** Inside the window, of arrivals before it; after the window, of arrivals in it. */
  #inherited = 0;
  #carried = 0;
  /** Arrivals of executions that end with the run. */
  readonly #unfinished: number[] = [];

  /** The window starts, before what arrives at this instant. */
  openWindow(now: number): void {
    this.#advance(now);
    this.#start = now;
  }

  /** The window ends, after what arrives at this instant. */
  closeWindow(now: number): void {
    this.#advance(now);
    this.#end = now;
  }

  /** An execution arrives. */
  arrive(now: number): void {
    this.#advance(now);
    this.#count++;
    if (now >= this.#start && now <= this.#end) this.#arrivals++;
  }

  /** An execution ends; at a negative instant, only with the run. */
  leave(now: number, arrivalTime: number): void {
    if (now < 0) {
      this.#unfinished.push(arrivalTime);
      return;
    }
    this.#advance(now);
    this.#count--;
    if (arrivalTime < this.#start) {
      this.#inherited += Math.max(0, Math.min(now, this.#end) - this.#start);
    } else if (arrivalTime <= this.#end) {
      this.#times += now - arrivalTime;
      this.#carried += Math.max(0, now - this.#end);
    }
  }

  /** What the window shows, once all that arrived in it have left. */
  result(): LittlesLaw {
    const span = this.#end - this.#start;
    return {
      numberInSystem: this.#area / span,
      arrivalRate: this.#arrivals / span,
      timeInSystem: this.#times / this.#arrivals,
      unexplained: this.#area - (this.#times - this.#carried + this.#inherited),
    };
  }

  /** The run ends: asserts that times and edges explain the integral, but for rounding. */
  end(now: number): void {
    for (const arrivalTime of this.#unfinished) this.leave(now, arrivalTime);
    const { unexplained } = this.result();
    assert(Math.abs(unexplained) <= ROUNDING * this.#area, "Little's law does not hold");
  }

  /** Adds up the number in the system since the last change, as far as it is in the window. */
  #advance(now: number): void {
    const from = Math.max(this.#since, this.#start);
    this.#area += this.#count * Math.max(0, Math.min(now, this.#end) - from);
    this.#since = now;
  }
}
