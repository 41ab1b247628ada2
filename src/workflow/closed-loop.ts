/**
 * A closed loop: users who each start an execution, and a think time after it has ended the next.
 * Think times are exponential and belong to the execution that ended, so they are the same for
 * every plan. Users begin with one; without think times all begin at once.
 */

import { randomExponential } from "d3-random";
import { randomStream } from "../engine/random-streams.ts";
import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";
import type { ArrivalLimit } from "./arrivals.ts";

/** Who comes, and the mean of the time in seconds between executions of a user; may be 0. */
export interface ClosedLoop {
  readonly kind: "closed";
  readonly users: number;
  readonly think: number;
}

/** Seconds before the first execution of a user, and after each execution, by their numbers. */
export interface ThinkTimes {
  readonly first: (user: number) => number;
  readonly next: (execution: number) => number;
}

/** Exponential think times; undefined for a mean of 0. */
export function drawThinkTimes(mean: number, seed: number, family: string): ThinkTimes | undefined {
  if (mean === 0) return undefined;
  const draw = (name: string) =>
    randomExponential.source(randomStream(seed, `${family}/think/${name}`))(1 / mean)();
  return {
    first: (user) => draw(`user/${user}`),
    next: (execution) => draw(`execution/${execution}`),
  };
}

/** What starts executions of a closed loop. */
export interface UserOptions {
  readonly simulation: Simulation;
  readonly users: number;
  readonly limit: ArrivalLimit;
  readonly think?: ThinkTimes | undefined;
  readonly onArrival: () => void;
  /** No arrival follows: at the last one, or at the end of the time for them. */
  readonly onLast?: () => void;
}

/** The entity of the end of arrivals, after all users at its instant. */
const END_OF_ARRIVALS = 2 ** 31 - 1;

/** The users of a simulation. */
export class Users {
  readonly #options: UserOptions;
  /** Executions that may still arrive. */
  #left: number;
  readonly #lastTick: number;

  constructor(options: UserOptions) {
    const { limit } = options;
    this.#options = options;
    this.#left = "executions" in limit ? limit.executions : Infinity;
    this.#lastTick = "duration" in limit ? toTicks(limit.duration) : Infinity;
  }

  /** All users begin. */
  begin(): void {
    const { simulation, users, think, onLast } = this.#options;
    simulation.onEvent(OrderClass.arrival, (entity) => {
      if (entity === END_OF_ARRIVALS) onLast?.();
      else this.#arrive();
    });
    if (this.#lastTick < Infinity) {
      simulation.schedule(this.#lastTick, OrderClass.arrival, END_OF_ARRIVALS);
    }
    for (let user = 0; user < users; user++) {
      if (think === undefined) this.#arrive();
      else this.#comeIn(think.first(user), user);
    }
  }

  /** An execution ended: its user starts another, now or later. */
  goOn(execution: number): void {
    const { think } = this.#options;
    if (think === undefined) this.#arrive();
    else this.#comeIn(think.next(execution), execution);
  }

  #comeIn(seconds: number, entity: number): void {
    const { simulation } = this.#options;
    const time = simulation.now + toTicks(seconds);
    if (time <= this.#lastTick) simulation.schedule(time, OrderClass.arrival, entity);
  }

  #arrive(): void {
    const { simulation, onArrival, onLast } = this.#options;
    if (this.#left === 0 || simulation.now > this.#lastTick) return;
    this.#left--;
    const isLast = this.#left === 0;
    onArrival();
    if (isLast) onLast?.();
  }
}
