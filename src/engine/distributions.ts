/**
 * Distributions of lengths, counts and latencies, drawn from a random source. Variates come from
 * d3-random; a sampler is made once per stream, since d3's normal keeps its second variate.
 */

import { bisectRight, cumsum } from "d3-array";
import {
  randomExponential,
  randomGamma,
  randomGeometric,
  randomLogNormal,
  randomNormal,
  randomUniform,
} from "d3-random";
import type { RandomSource } from "./random-streams.ts";

/** A distribution in base units; `minimum` and `maximum` clip what is drawn. */
export type Distribution = Shape & {
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of normals and lognormals: correlation of the normal variate with a difficulty, -1 to 1. */
  readonly difficulty?: number;
};

/** The shapes that can be drawn. Lognormals are in natural logarithms, median = exp(mu). */
export type Shape =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "exponential"; readonly mean: number }
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "lognormal"; readonly mu: number; readonly sigma: number }
  | { readonly kind: "gamma"; readonly shape: number; readonly scale: number }
  | { readonly kind: "geometric"; readonly mean: number }
  | {
      readonly kind: "empirical";
      readonly values: readonly number[];
      /** As many as values, in any unit; without them all are as likely. */
      readonly weights?: readonly number[];
    }
  | { readonly kind: "mixture"; readonly parts: readonly MixturePart[] };

/** One of the distributions that a mixture draws from, as often as its weight says. */
export interface MixturePart {
  readonly weight: number;
  readonly of: Distribution;
}

/** Draws one value. */
export type Sampler = () => number;

/**
 * A sampler of `distribution` on `source`. `difficulty` is a standard normal variate that
 * distributions may be correlated with: they keep their own shape over many difficulties.
 */
export function createSampler(
  distribution: Distribution,
  source: RandomSource,
  difficulty = 0,
): Sampler {
  const draw = createShapeSampler(distribution, source, difficulty);
  const { minimum = -Infinity, maximum = Infinity } = distribution;
  if (minimum === -Infinity && maximum === Infinity) return draw;
  return () => Math.min(maximum, Math.max(minimum, draw()));
}

function createShapeSampler(
  shape: Distribution,
  source: RandomSource,
  difficulty: number,
): Sampler {
  switch (shape.kind) {
    case "constant":
      return () => shape.value;
    case "uniform":
      return randomUniform.source(source)(shape.low, shape.high);
    case "exponential":
      return randomExponential.source(source)(1 / shape.mean);
    case "normal": {
      const { mean, deviation } = shape;
      if (shape.difficulty === undefined) return randomNormal.source(source)(mean, deviation);
      const variate = correlated(shape.difficulty, difficulty, source);
      return () => mean + deviation * variate();
    }
    case "lognormal": {
      const { mu, sigma } = shape;
      if (shape.difficulty === undefined) return randomLogNormal.source(source)(mu, sigma);
      const variate = correlated(shape.difficulty, difficulty, source);
      return () => Math.exp(mu + sigma * variate());
    }
    case "gamma":
      return randomGamma.source(source)(shape.shape, shape.scale);
    case "geometric":
      return randomGeometric.source(source)(1 / shape.mean);
    case "empirical": {
      const { values, weights } = shape;
      if (weights === undefined) return () => values[Math.floor(source() * values.length)]!;
      const choose = weightedChoice(weights, source);
      return () => values[choose()]!;
    }
    case "mixture": {
      const samplers = shape.parts.map(({ of }) => createSampler(of, source, difficulty));
      const choose = weightedChoice(
        shape.parts.map(({ weight }) => weight),
        source,
      );
      return () => samplers[choose()]!();
    }
  }
}

/** Standard normal variates that have this correlation with `difficulty`, itself one. */
function correlated(correlation: number, difficulty: number, source: RandomSource): Sampler {
  const own = randomNormal.source(source)();
  const rest = Math.sqrt(1 - correlation * correlation);
  return () => correlation * difficulty + rest * own();
}

/** Sums of weights up to each, by the list of weights: files have many, and each draw asks. */
const boundsByWeights = new WeakMap<readonly number[], readonly number[]>();

/** Draws positions as often as their weights say. */
function weightedChoice(weights: readonly number[], source: RandomSource): Sampler {
  let bounds = boundsByWeights.get(weights);
  if (bounds === undefined) {
    bounds = [...cumsum(weights)];
    boundsByWeights.set(weights, bounds);
  }
  const sums = bounds;
  const total = sums.at(-1)!;
  return () => bisectRight(sums, source() * total);
}
