/**
 * Arrivals of executions: recorded ones, or an open process. The gaps of a process are drawn at
 * unit rate and divided by the rate, so the same executions arrive in the same order at every rate.
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

/** When executions arrive, asked once for each in order; undefined when no further one comes. */
export type ArrivalTimes = (execution: number) => number | undefined;

/** An arrival process with gaps of its own: the times in seconds at which executions come. */
export function processTimes(options: {
  /** Executions per second. */
  readonly rate: number;
  /** Draws the gap to the next arrival at unit rate. */
  readonly unitGap: () => number;
  readonly limit: ArrivalLimit;
}): ArrivalTimes {
  const { rate, unitGap, limit } = options;
  let gaps = 0;
  return (execution) => {
    gaps += unitGap();
    const seconds = gaps / rate;
    const isOver = "executions" in limit ? execution >= limit.executions : seconds > limit.duration;
    return isOver ? undefined : seconds;
  };
}

/** Arrivals that were recorded: seconds by execution, in ascending order. */
export function recordedTimes(seconds: ArrayLike<number>): ArrivalTimes {
  return (execution) => seconds[execution];
}

/** What schedules the arrivals of a simulation, one pending at a time. */
export interface ArrivalOptions {
  readonly simulation: Simulation;
  readonly timeOf: ArrivalTimes;
  readonly onArrival: (execution: number) => void;
  /** No arrival follows. */
  readonly onLast?: () => void;
}

/** Schedules the arrivals of a simulation; executions are numbered from 0. */
export function scheduleArrivals(options: ArrivalOptions): void {
  const { simulation, timeOf, onArrival, onLast = () => {} } = options;
  const scheduleNext = (execution: number) => {
    const seconds = timeOf(execution);
    if (seconds === undefined) onLast();
    else simulation.schedule(toTicks(seconds), OrderClass.arrival, execution);
  };
  simulation.onEvent(OrderClass.arrival, (execution) => {
    onArrival(execution);
    scheduleNext(execution + 1);
  });
  scheduleNext(0);
}
