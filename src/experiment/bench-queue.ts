/**
 * How fast the event queue is, by the hold model: take the earliest event and add one an
 * exponential gap later, with a constant number of events pending.
 */

import { median } from "d3-array";
import { randomExponential } from "d3-random";
import { EventQueue } from "../engine/event-queue.ts";
import { randomStream } from "../engine/random-streams.ts";
import { OrderClass } from "../engine/simulation.ts";

/** The first counts for the figure of the whole benchmark. */
const PENDING = [1_000, 100_000];

/** Gaps are drawn before anything is timed and used over and over; a power of two. */
const GAPS = 2 ** 20;
const MEAN_GAP_TICKS = 8e6;

const ROUNDS = 5;
const OPERATIONS_PER_ROUND = 500_000;

/** Operations per second: an operation is one pop with one push. */
export interface QueueFigures {
  readonly operations_per_second: number;
  readonly pending: readonly {
    readonly pending: number;
    readonly operations_per_second: number;
  }[];
}

/** Measures the queue at each number of pending events. */
export function benchQueue(): QueueFigures {
  const draw = randomExponential.source(randomStream(1, "bench/queue"))(1 / MEAN_GAP_TICKS);
  const gaps = Float64Array.from({ length: GAPS }, () => Math.round(draw()));
  const pending = PENDING.map((count) => {
    return { pending: count, operations_per_second: holdRate(count, gaps) };
  });
  return { operations_per_second: pending[0]!.operations_per_second, pending };
}

/** The median over rounds, after one that warms up. */
function holdRate(pending: number, gaps: Float64Array): number {
  const queue = new EventQueue();
  for (let entity = 0; entity < pending; entity++) {
    queue.push(gaps[entity & (GAPS - 1)]!, OrderClass.arrival, entity, 0);
  }
  const rates: number[] = [];
  let next = pending;
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now();
    next = hold(queue, gaps, next);
    const seconds = (performance.now() - started) / 1000;
    if (round > 0) rates.push(OPERATIONS_PER_ROUND / seconds);
  }
  return median(rates)!;
}

/** One round from gap number `next` on; returns the number of the gap that follows. */
function hold(queue: EventQueue, gaps: Float64Array, next: number): number {
  const end = next + OPERATIONS_PER_ROUND;
  for (let gap = next; gap < end; gap++) {
    queue.pop();
    queue.push(queue.time + gaps[gap & (GAPS - 1)]!, queue.orderClass, queue.entity, 0);
  }
  return end;
}
