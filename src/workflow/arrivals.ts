/**
 * Arrivals of executions. Gaps are drawn at unit rate and divided by the rate, so the same
 * executions arrive in the same order at every rate.
 */

import { randomExponential } from "d3-random";
import { randomStream } from "../engine/random-streams.ts";
import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";

/** When arrivals stop: after a number of executions, or a span of time in seconds. */
export type ArrivalLimit = { readonly executions: number } | { readonly duration: number };

/** Gaps of a Poisson process at unit rate. */
export function poissonGaps(seed: number, family: string): () => number {
  return randomExponential.source(randomStream(seed, `${family}/arrivals`))(1);
}

/** An open arrival process; one arrival is pending at a time. */
export interface ArrivalOptions {
  readonly simulation: Simulation;
  /** Executions per second. */
  readonly rate: number;
  /** Draws the gap to the next arrival at unit rate. */
  readonly unitGap: () => number;
  readonly limit: ArrivalLimit;
  readonly onArrival: (execution: number) => void;
  /** No arrival follows. */
  readonly onLast?: () => void;
}

/** Schedules the arrivals of a simulation; executions are numbered from 0. */
export function scheduleArrivals(options: ArrivalOptions): void {
  const { simulation, rate, unitGap, limit, onArrival, onLast = () => {} } = options;
  let gaps = 0;
  const scheduleNext = (execution: number) => {
    gaps += unitGap();
    const seconds = gaps / rate;
    const isOver = "executions" in limit ? execution >= limit.executions : seconds > limit.duration;
    if (isOver) onLast();
    else simulation.schedule(toTicks(seconds), OrderClass.arrival, execution);
  };
  simulation.onEvent(OrderClass.arrival, (execution) => {
    onArrival(execution);
    scheduleNext(execution + 1);
  });
  scheduleNext(0);
}
