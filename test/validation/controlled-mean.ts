/**
 * The 99 % confidence interval of the mean of correlated observations, by batch means and
 * Student's t. Control variates (inputs whose means are known) take out the part of the error that
 * the drawn inputs explain: over batches, the response is regressed on the deviations of the
 * inputs from their means, and the intercept is the estimate (Lavenberg and Welch, 1981). With
 * batches much longer than the memory of the system, batch means are independent and normal, and
 * the usual interval of a regression's intercept holds.
 */

export const BATCHES = 40;

/** Controls at most, and Student's t at 99.5 % for the degrees of freedom that they leave. */
const MAX_CONTROLS = 3;
const T_995_36 = 2.7195;

/** A mean with half of the width of its interval. */
export interface MeanInterval {
  readonly mean: number;
  readonly halfWidth: number;
}

/** Interval of the response's mean, from means of `BATCHES` batches; controls have mean 0. */
export function controlledMean(
  responses: readonly number[],
  controls: readonly (readonly number[])[],
): MeanInterval {
  if (responses.length !== BATCHES || controls.length > MAX_CONTROLS) {
    throw new Error(`${responses.length} batches and ${controls.length} controls`);
  }
  const rows = responses.map((_, batch) => [1, ...controls.map((control) => control[batch]!)]);
  const columns = [...rows[0]!.keys()];
  const products = columns.map((i) => columns.map((j) => sumOf(rows, (row) => row[i]! * row[j]!)));
  const moments = columns.map((i) => sumOf(responses, (value, batch) => value * rows[batch]![i]!));
  const coefficients = solve(products, moments);
  const residual = sumOf(responses, (response, batch) => {
    const fitted = sumOf(coefficients, (value, column) => value * rows[batch]![column]!);
    return (response - fitted) ** 2;
  });
  const intercept = columns.map((column) => (column === 0 ? 1 : 0));
  const variance = (residual / (BATCHES - columns.length)) * solve(products, intercept)[0]!;
  return { mean: coefficients[0]!, halfWidth: T_995_36 * Math.sqrt(variance) };
}

function sumOf<T>(values: readonly T[], term: (value: T, index: number) => number): number {
  return values.reduce((sum, value, index) => sum + term(value, index), 0);
}

/** Solves a symmetric positive definite system by elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  rows.forEach((row, pivot) => {
    rows.forEach((other, index) => {
      if (index === pivot) return;
      const factor = other[pivot]! / row[pivot]!;
      row.forEach((value, column) => {
        other[column]! -= factor * value;
      });
    });
  });
  return rows.map((row, index) => row.at(-1)! / row[index]!);
}
