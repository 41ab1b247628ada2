/**
 * A measured relation given by points: interpolated linearly in log(x), held flat outside.
 */

/** Points in increasing x > 0. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Value of the curve at `x`. */
export function evaluateCurve(curve: Curve, x: number): number {
  const { x: xs, y: ys } = curve;
  const last = xs.length - 1;
  if (x <= xs[0]!) return ys[0]!;
  if (x >= xs[last]!) return ys[last]!;
  let upper = 1;
  while (xs[upper]! < x) upper++;
  const lower = upper - 1;
  const fraction = Math.log(x / xs[lower]!) / Math.log(xs[upper]! / xs[lower]!);
  return ys[lower]! + fraction * (ys[upper]! - ys[lower]!);
}
