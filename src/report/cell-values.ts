/** Values of tables, on terminals and pages; a dash where there is none. */

import { formatDuration, formatPercent, formatRate } from "../units.ts";

/** What stands for a value that there is none of. */
export const ABSENT = "–";

/** A value that may be absent. */
export type Maybe = number | null | undefined;

/** A duration. */
export const duration = (seconds: Maybe) => shown(seconds, formatDuration);

/** A rate. */
export const rate = (perSecond: Maybe) => shown(perSecond, formatRate);

/** A fraction. */
export const percent = (fraction: Maybe) => shown(fraction, formatPercent);

/** An error, with its sign. */
export const signed = (fraction: Maybe) =>
  shown(fraction, (part) => formatPercent(part, { signed: true }));

/** How many times as much. */
export const times = (ratio: Maybe) => shown(ratio, (value) => `${value.toPrecision(3)}x`);

function shown(value: Maybe, format: (value: number) => string): string {
  return value === null || value === undefined ? ABSENT : format(value);
}
