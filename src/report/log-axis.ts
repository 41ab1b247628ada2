/**
 * A logarithmic axis that stays readable from a hundredth of a decade to many decades: which values
 * get a label, which only a line, and how they are printed.
 */

import { tickStep, ticks } from "d3-array";

/** Up to so many decades, labels stand at equal differences. */
const NARROW_DECADES = 0.75;

/** Which multiples of powers of ten have a label, up to how many decades. */
const LEADING_DIGITS: readonly { readonly decades: number; readonly digits: readonly number[] }[] =
  [
    { decades: 1.4, digits: [1, 2, 3, 5, 7] },
    { decades: 2.5, digits: [1, 2, 5] },
    { decades: Number.POSITIVE_INFINITY, digits: [1] },
  ];

const MAX_LABELS = 7;

/** Room left at both ends, as a part of the axis. */
const PADDING = 0.04;

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A domain with its labelled values, those that only get a line, and how to print the former. */
export interface LogAxis {
  readonly domain: readonly [number, number];
  readonly labelled: readonly number[];
  readonly lines: readonly number[];
  readonly format: (value: number) => string;
}

/**
 * The axis that shows all values from `low` to `high`, both positive. It spans at least the factor
 * `minFactor`, with the values in its middle.
 */
export function createLogAxis(low: number, high: number, minFactor: number): LogAxis {
  const widening = Math.max(1, Math.sqrt(minFactor / (high / low)));
  const padding = ((high / low) * widening ** 2) ** PADDING;
  const domain = [low / (widening * padding), high * widening * padding] as const;
  const decades = Math.log10(domain[1] / domain[0]);
  if (decades < NARROW_DECADES) return createNarrowAxis(domain);

  const every = Math.ceil(decades / MAX_LABELS);
  const { digits } = LEADING_DIGITS.find((row) => decades < row.decades)!;
  const labelled = multiples(domain, digits, every);
  const all = multiples(domain, every > 1 ? [1] : [1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
  return {
    domain,
    labelled,
    lines: all.filter((value) => !labelled.includes(value)),
    format: labelled.some(needsPower) ? formatPower : formatPlain,
  };
}

/** Within less than a decade, labels at equal differences. */
function createNarrowAxis(domain: readonly [number, number]): LogAxis {
  const step = tickStep(domain[0], domain[1], MAX_LABELS - 1);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const isPlain = digits <= 4 && domain[1] < 1e7;
  return {
    domain,
    labelled: ticks(domain[0], domain[1], MAX_LABELS - 1),
    lines: [],
    format: isPlain ? (value) => withSeparators(value, digits) : formatPower,
  };
}

/** All products of `leading` and every n-th power of ten within the domain. */
function multiples(
  [low, high]: readonly [number, number],
  leading: readonly number[],
  every: number,
): number[] {
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % every !== 0) continue;
    // Parsed, because 10 ** -5 is not the number that 1e-5 is.
    for (const digit of leading) values.push(Number(`${digit}e${power}`));
  }
  return values.filter((value) => value >= low && value <= high);
}

function needsPower(value: number): boolean {
  return value >= 1e6 || value < 1e-3;
}

function formatPlain(value: number): string {
  return withSeparators(value, Math.max(0, -Math.floor(Math.log10(value) + 1e-9)));
}

function withSeparators(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** `10⁶`, `2×10⁻⁵`. */
function formatPower(value: number): string {
  const [mantissa, exponent] = Number(value.toPrecision(6)).toExponential().split("e");
  const sign = exponent!.startsWith("-") ? "⁻" : "";
  const power = [...exponent!.replace(/^[-+]/, "")].map((digit) => SUPERSCRIPTS[Number(digit)]);
  return `${mantissa === "1" ? "" : `${mantissa}×`}10${sign}${power.join("")}`;
}
