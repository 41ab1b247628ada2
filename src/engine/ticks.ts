/**
 * Simulated time: an integer number of ticks held in a double. One tick is 1/8 ns, so sums of
 * ticks are exact up to 2^53 ticks (13 days) and the order in which they are added is irrelevant.
 */

import { UserError } from "../errors.ts";

export const TICKS_PER_SECOND = 8e9;

/** The last instant that the clock can show exactly. */
export const MAX_TICKS = Number.MAX_SAFE_INTEGER;

/** Nearest tick of a duration in seconds. */
export function toTicks(seconds: number): number {
  const ticks = Math.round(seconds * TICKS_PER_SECOND);
  if (!(ticks <= MAX_TICKS)) {
    throw new UserError(`simulated time passes ${(MAX_TICKS / TICKS_PER_SECOND).toFixed(0)} s`, {
      hint: "the clock is exact for 13 days: simulate fewer executions, or give a higher --rate",
    });
  }
  return ticks;
}

/** Seconds of an instant or duration in ticks. */
export function toSeconds(ticks: number): number {
  return ticks / TICKS_PER_SECOND;
}
