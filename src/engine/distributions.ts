/**
 * Distributions of lengths, counts and latencies, drawn from a random source. Variates come from
 * d3-random; a sampler is made once per stream, since d3's normal keeps its second variate.
 */

import { randomExponential, randomGeometric, randomLogNormal, randomUniform } from "d3-random";
import type { RandomSource } from "./random-streams.ts";

/** A distribution in base units; `minimum` and `maximum` clip what is drawn. */
export type Distribution = Shape & { readonly minimum?: number; readonly maximum?: number };

/** The shapes that can be drawn. Lognormals are in natural logarithms, median = exp(mu). */
export type Shape =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "exponential"; readonly mean: number }
  | { readonly kind: "lognormal"; readonly mu: number; readonly sigma: number }
  | { readonly kind: "geometric"; readonly mean: number };

/** Draws one value. */
export type Sampler = () => number;

/** A sampler of `distribution` on `source`. */
export function createSampler(distribution: Distribution, source: RandomSource): Sampler {
  const draw = createShapeSampler(distribution, source);
  const { minimum = -Infinity, maximum = Infinity } = distribution;
  if (minimum === -Infinity && maximum === Infinity) return draw;
  return () => Math.min(maximum, Math.max(minimum, draw()));
}

function createShapeSampler(shape: Shape, source: RandomSource): Sampler {
  switch (shape.kind) {
    case "constant":
      return () => shape.value;
    case "uniform":
      return randomUniform.source(source)(shape.low, shape.high);
    case "exponential":
      return randomExponential.source(source)(1 / shape.mean);
    case "lognormal":
      return randomLogNormal.source(source)(shape.mu, shape.sigma);
    case "geometric":
      return randomGeometric.source(source)(1 / shape.mean);
  }
}
