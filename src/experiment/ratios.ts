/**
 * Ratios of measured figures, where a missing or undefined one is null, as in the JSON documents.
 */

/** The number; null where it is none. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** A ratio; null where it is undefined. */
export function ratio(numerator: number, denominator: number): number | null {
  return finiteOrNull(numerator / denominator);
}

/** (value − reference) / reference; null where one of them is missing or the reference is zero. */
export function relativeError(value: number | null, reference: number | null): number | null {
  return value === null || reference === null ? null : ratio(value - reference, reference);
}
