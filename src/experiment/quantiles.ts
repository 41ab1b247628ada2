/**
 * Quantiles of large samples without sorting them: quickselect moves what is below and above a
 * quantile to its sides, so that the next one is looked for above only.
 */

/** Where samples are put in order, used again: new memory takes longer than that. */
let scratch = new Float64Array(0);

/**
 * The quantiles at ascending fractions `ps`, each linear between the two nearest values (as R's
 * type 7); none for an empty sample.
 */
export function quantiles(sample: ArrayLike<number>, ps: readonly number[]): number[] {
  if (sample.length === 0) return [];
  if (scratch.length < sample.length) scratch = new Float64Array(sample.length);
  const values = scratch.subarray(0, sample.length);
  values.set(sample);
  const last = values.length - 1;
  let left = 0;
  return ps.map((p) => {
    const position = last * p;
    const below = Math.floor(position);
    select(values, below, left, last);
    left = below;
    const low = values[below]!;
    return below === last ? low : low + (least(values, below + 1) - low) * (position - below);
  });
}

/** Puts the k-th smallest of values[left..right] at k, smaller ones before it, larger behind. */
function select(values: Float64Array, k: number, from: number, to: number): void {
  let left = from;
  let right = to;
  while (left < right) {
    const pivot = medianOfThree(values[left]!, values[(left + right) >> 1]!, values[right]!);
    let low = left;
    let high = right;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    // Between high and low all are equal to the pivot.
    if (k <= high) right = high;
    else if (k >= low) left = low;
    else return;
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function least(values: Float64Array, from: number): number {
  let least = values[from]!;
  for (let index = from + 1; index < values.length; index++) {
    if (values[index]! < least) least = values[index]!;
  }
  return least;
}
