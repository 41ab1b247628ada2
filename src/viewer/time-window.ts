/**
 * The interval of simulated time that is shown: zooming, panning, and the labels of its axis.
 * Times in seconds.
 */

/** From and to. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Nothing shorter is shown: iterations take milliseconds. */
const SHORTEST = 1e-5;

/** Makes the interval longer by `factor`, or shorter below 1; `anchor` stays where it is. */
export function zoomed(
  { from, to }: TimeWindow,
  factor: number,
  { anchor, end }: { readonly anchor: number; readonly end: number },
): TimeWindow {
  const length = Math.min(end, Math.max(SHORTEST, (to - from) * factor));
  const part = (anchor - from) / (to - from);
  return clamped({ from: anchor - part * length, to: anchor + (1 - part) * length }, end);
}

/** Moves the interval by a time. */
export function panned({ from, to }: TimeWindow, by: number, end: number): TimeWindow {
  return clamped({ from: from + by, to: to + by }, end);
}

/** Moves an interval into the run, and shortens what is longer. */
export function clamped({ from, to }: TimeWindow, end: number): TimeWindow {
  const length = Math.min(to - from, end);
  const start = Math.min(Math.max(0, from), end - length);
  return { from: start, to: start + length };
}

/** Instants for labels, at multiples of 1, 2 or 5 of a power of ten: `count` at the most. */
export function ticksOf({ from, to }: TimeWindow, count: number): { at: number; label: string }[] {
  const step = niceStep((to - from) / Math.max(1, count));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: { at: number; label: string }[] = [];
  for (
    let index = Math.max(0, Math.ceil(from / step - 1e-9));
    index * step <= to * (1 + 1e-12);
    index++
  ) {
    const at = index * step;
    ticks.push({ at, label: grouped(at, decimals) });
  }
  return ticks;
}

/** The least of 1, 2 and 5 times a power of ten that is not below `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const multiple = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9));
  return (multiple ?? 10) * power;
}

/** A number with this many decimals and its thousands set apart. */
export function grouped(value: number, decimals = 0): string {
  return value.toLocaleString("en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}
