/**
 * Arrivals of executions: recorded ones, or an open process. The gaps of a process are drawn at
 * unit rate and divided by the rate, so the same executions arrive in the same order at every rate.
 * A rate that changes stretches and shrinks the time of a Poisson process of the mean rate.
 */

import { randomExponential, randomGamma } from "d3-random";
import { randomStream } from "../engine/random-streams.ts";
import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";

/** When arrivals stop: after a number of executions, or a span of time in seconds. */
export type ArrivalLimit = { readonly executions: number } | { readonly duration: number };

/** Gaps of a Poisson process at unit rate. */
export function poissonGaps(seed: number, family: string): () => number {
  return randomExponential.source(randomStream(seed, `${family}/arrivals`))(1);
}

/** An open process, whatever its mean rate. */
export type ArrivalProcess =
  | { readonly kind: "poisson" | "constant" }
  /** Gaps with this coefficient of variation: burstier than Poisson's over 1. */
  | { readonly kind: "gamma"; readonly cv: number }
  /**
   * Poisson at rates that follow one another, over and over; in bursts each lasts an exponential
   * time, which makes it a Markov-modulated Poisson process.
   */
  | { readonly kind: "steps" | "bursts"; readonly steps: readonly RateStep[] };

/** A (mean) time in seconds at a rate, which is relative to those of the other steps. */
export interface RateStep {
  readonly level: number;
  readonly duration: number;
}

/** Gaps at unit rate, and the instant at which the time that passes evenly has passed. */
export interface DrawnProcess {
  readonly unitGap: () => number;
  /** Seconds of the clock after so many at the mean rate; by default the same. */
  readonly clockOf?: (seconds: number) => number;
}

/** The gaps of a process. */
export function drawProcess(arrivals: ArrivalProcess, seed: number, family: string): DrawnProcess {
  switch (arrivals.kind) {
    case "poisson":
      return { unitGap: poissonGaps(seed, family) };
    case "constant":
      return { unitGap: () => 1 };
    case "gamma": {
      const shape = arrivals.cv ** -2;
      const source = randomStream(seed, `${family}/arrivals`);
      return { unitGap: randomGamma.source(source)(shape, 1 / shape) };
    }
    case "steps":
      return {
        unitGap: poissonGaps(seed, family),
        clockOf: stepClock(arrivals.steps, ({ duration }) => duration),
      };
    case "bursts": {
      const exponential = randomExponential.source(randomStream(seed, `${family}/bursts`));
      return {
        unitGap: poissonGaps(seed, family),
        clockOf: stepClock(arrivals.steps, ({ duration }) => exponential(1 / duration)()),
      };
    }
  }
}

/** How long a step lasts this time. */
type StepDuration = (step: RateStep) => number;

/**
 * The clock by which a rate that goes through `steps` again and again passes evenly; asked for
 * instants in ascending order.
 */
function stepClock(
  steps: readonly RateStep[],
  durationOf: StepDuration,
): (seconds: number) => number {
  const cycle = steps.reduce((sum, { duration }) => sum + duration, 0);
  const meanLevel = steps.reduce((sum, { level, duration }) => sum + level * duration, 0) / cycle;
  let position = 0;
  let duration = durationOf(steps[0]!);
  /** Seconds at the mean rate, and of the clock, when the step began. */
  let passed = 0;
  let clock = 0;
  return (seconds) => {
    for (;;) {
      const speed = steps[position]!.level / meanLevel;
      if (seconds < passed + speed * duration) return clock + (seconds - passed) / speed;
      passed += speed * duration;
      clock += duration;
      position = (position + 1) % steps.length;
      duration = durationOf(steps[position]!);
    }
  };
}

/** When executions arrive, asked once for each in order; undefined when no further one comes. */
export type ArrivalTimes = (execution: number) => number | undefined;

/** An arrival process with gaps of its own: the times in seconds at which executions come. */
export function processTimes(options: {
  /** Executions per second. */
  readonly rate: number;
  /** Draws the gap to the next arrival at unit rate. */
  readonly unitGap: () => number;
  readonly clockOf?: (seconds: number) => number;
  readonly limit: ArrivalLimit;
}): ArrivalTimes {
  const { rate, unitGap, clockOf = (seconds: number) => seconds, limit } = options;
  let gaps = 0;
  return (execution) => {
    gaps += unitGap();
    const seconds = clockOf(gaps / rate);
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
