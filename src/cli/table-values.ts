/**
 * Values of tables, a dash where there is none.
 */

import { formatDuration, formatPercent, formatRate } from "../units.ts";

/** A duration. */
export function duration(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? "–" : formatDuration(seconds);
}

/** A rate. */
export function rate(perSecond: number | null | undefined): string {
  return perSecond === null || perSecond === undefined ? "–" : formatRate(perSecond);
}

/** A fraction. */
export function percent(fraction: number | null | undefined): string {
  return fraction === null || fraction === undefined ? "–" : formatPercent(fraction);
}

/** An error, with its sign. */
export function signed(fraction: number | null | undefined): string {
  return fraction === null || fraction === undefined
    ? "–"
    : formatPercent(fraction, { signed: true });
}
