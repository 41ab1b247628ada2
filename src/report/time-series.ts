/**
 * How many of something there are over time, and how many end: from the instants at which each
 * starts and ends, in bins of equal length. Every duration counts in full, however short.
 */

/** A span of time cut into bins of equal length; seconds. */
export interface TimeBins {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** The middle of a bin. */
export function binMiddle({ start, end, count }: TimeBins, bin: number): number {
  return start + ((bin + 0.5) * (end - start)) / count;
}

/**
 * The mean number present in each bin: by row, from `starts` to `ends`. A row without an end (NaN)
 * stays to the end of the bins, one without a start never comes.
 */
export function meanPresent(
  starts: Float64Array,
  ends: Float64Array,
  { start, end, count }: TimeBins,
): Float64Array {
  const width = (end - start) / count;
  const present = new Float64Array(count);
  // Rows that are present from one edge of the bins to another change the count at the two.
  const changes = new Float64Array(count + 1);
  starts.forEach((from, row) => {
    const to = ends[row]!;
    const a = (Math.max(from, start) - start) / width;
    const b = Math.min(((Number.isNaN(to) ? end : to) - start) / width, count);
    if (!(b > a)) return;
    const [first, last] = [Math.floor(a), Math.min(Math.floor(b), count - 1)];
    if (first === last) present[first]! += b - a;
    else {
      present[first]! += first + 1 - a;
      present[last]! += b - last;
      changes[first + 1]! += 1;
      changes[last]! -= 1;
    }
  });
  let whole = 0;
  for (let bin = 0; bin < count; bin++) {
    whole += changes[bin]!;
    present[bin]! += whole;
  }
  return present;
}

/** Instants per second in each bin; absent ones (NaN) and those outside do not count. */
export function instantsPerSecond(
  instants: Float64Array,
  { start, end, count }: TimeBins,
): Float64Array {
  const width = (end - start) / count;
  const rates = new Float64Array(count);
  for (const instant of instants) {
    if (!(instant >= start && instant <= end)) continue;
    rates[Math.min(Math.floor((instant - start) / width), count - 1)]! += 1 / width;
  }
  return rates;
}
