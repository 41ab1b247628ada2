/** Intervals in tables, on terminals and pages. */

import { formatDuration } from "../units.ts";
import { ABSENT, duration, type Maybe } from "./cell-values.ts";

type Interval = readonly [number, number] | null | undefined;

/** An interval, from end to end. */
export function between(interval: Interval, format: (value: number) => string): string {
  return interval === null || interval === undefined
    ? ABSENT
    : `${format(interval[0])} – ${format(interval[1])}`;
}

/** A mean latency with half its interval. */
export function latencyCell(mean: Maybe, interval: Interval): string {
  const half = interval == null ? "" : ` ± ${formatDuration((interval[1] - interval[0]) / 2)}`;
  return `${duration(mean)}${half}`;
}
