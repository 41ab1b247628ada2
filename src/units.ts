/**
 * SI constants, and the only place where quantities with units are parsed and printed.
 * Inside the simulator every quantity is in base units: seconds, bytes, FLOP, tokens, 1/s.
 */

export const us = 1e-6;
export const ms = 1e-3;
export const GB = 1e9;
export const TFLOPs = 1e12;

/** Kinds of quantity an input file may hold, with the factor of each accepted unit. */
const UNITS = {
  duration: { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 },
  size: { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  bandwidth: { "MB/s": 1e6, "GB/s": 1e9, "TB/s": 1e12, "Gb/s": 1.25e8 },
  compute: { "GFLOP/s": 1e9, "TFLOP/s": 1e12, "PFLOP/s": 1e15 },
  rate: { "/s": 1, "/min": 1 / 60, "/h": 1 / 3600 },
} as const;

/** A kind of dimensional quantity. */
export type QuantityKind = keyof typeof UNITS;

const EXAMPLES: Record<QuantityKind, string> = {
  duration: "5 us",
  size: "80 GB",
  bandwidth: "450 GB/s",
  compute: "989 TFLOP/s",
  rate: "2/s",
};

const NUMBER_AND_UNIT = /^\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z/]+)\s*$/;

/** Parses `80 GB` into base units; undefined when the text is not such a quantity. */
export function parseQuantity(kind: QuantityKind, text: string): number | undefined {
  const match = NUMBER_AND_UNIT.exec(text);
  if (match === null) return undefined;
  const units: Record<string, number> = UNITS[kind];
  const [, number, unit] = match;
  return Object.hasOwn(units, unit!) ? Number(number) * units[unit!]! : undefined;
}

/** The units of a kind of quantity. */
export function unitsOf(kind: QuantityKind): readonly string[] {
  return Object.keys(UNITS[kind]);
}

/** What a well-formed quantity of this kind looks like, for messages. */
export function describeQuantity(kind: QuantityKind): string {
  return `a ${kind} such as "${EXAMPLES[kind]}" (units: ${unitsOf(kind).join(", ")})`;
}

/** Prints a duration with the unit that suits its size. */
export function formatDuration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${significant(seconds * 1e6)} us`;
  if (size < 1) return `${significant(seconds * 1e3)} ms`;
  return `${significant(seconds)} s`;
}

/** Prints an interval of durations after a value; it may be open at the top, or not known. */
export function formatDurationInterval(
  interval: readonly [number, number | null] | null | undefined,
): string {
  if (interval === null || interval === undefined) return "";
  const [low, high] = interval;
  return ` (${formatDuration(low)} ${high === null ? "or more" : `– ${formatDuration(high)}`})`;
}

/** Prints a rate as executions per second. */
export function formatRate(perSecond: number): string {
  return `${significant(perSecond)}/s`;
}

/** Prints a size in GB. */
export function formatBytes(bytes: number): string {
  return `${significant(bytes / GB)} GB`;
}

/** Prints a fraction as a percentage, signed on request. */
export function formatPercent(fraction: number, options: { signed?: boolean } = {}): string {
  const sign = options.signed === true && fraction > 0 ? "+" : "";
  return `${sign}${(fraction * 100).toFixed(1)} %`;
}

/** Three significant digits without an exponent. */
function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
