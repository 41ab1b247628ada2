/**
 * Schemas of distributions: a constant, or one named shape with optional `min` and `max` that
 * clip what is drawn. Token and count distributions take plain numbers, latencies quantities.
 *
 *   prompt: 185                                           a constant
 *   prompt: { lognormal: { mu: 6.0, sigma: 1.1 }, max: 4000 }
 *   latency: { lognormal: { median: 230 ms, sigma: 1.66 }, max: 300 s }
 */

import { z } from "zod";
import type { Distribution, Shape } from "../engine/distributions.ts";
import { quantity } from "./quantity.ts";

/** A number of new tokens, constant or drawn; may be zero. */
export const promptTokensSchema = numberDistribution("tokens", 0);

/** A number of tokens of which there is at least one. */
export const tokensSchema = numberDistribution("tokens", 1);

/** A number of repetitions or copies. */
export const countSchema = numberDistribution("repetitions", 1);

/** A time that something takes. In `lognormal: { mu }`, exp(mu) is in seconds. */
export const latencySchema = distribution({
  expected: 'expected a duration such as "230 ms" or a distribution of durations',
  constant: quantity("duration"),
  amount: quantity("duration"),
  leastMean: 0,
});

interface DistributionOptions {
  readonly expected: string;
  /** A constant, and the parameters that have its dimension. */
  readonly constant: z.ZodType<number>;
  readonly amount: z.ZodType<number>;
  /** What the mean of a geometric distribution cannot be under. */
  readonly leastMean: number;
}

function numberDistribution(of: string, least: number): z.ZodType<Distribution> {
  return distribution({
    expected: `expected a number of ${of} or a distribution`,
    constant: z
      .number({ error: `expected a number of ${of} or a distribution` })
      .refine((value) => Number.isInteger(value) && value >= least, {
        error: `expected a whole number of ${of}, at least ${least}`,
      }),
    amount: z.number().min(0),
    leastMean: 1,
  });
}

function distribution(options: DistributionOptions): z.ZodType<Distribution> {
  const { expected, constant, amount, leastMean } = options;
  const clip = { min: amount.optional(), max: amount.optional() };
  const positive = amount.refine((value) => value > 0, { error: "expected a value above zero" });
  const uniform = z
    .strictObject({ low: amount, high: amount })
    .refine(({ low, high }) => low <= high, { error: "low is above high" });
  const mean = positive.refine((value) => value >= leastMean, {
    error: `expected a mean of at least ${leastMean}`,
  });
  return z.union(
    [
      constant.transform((value): Distribution => ({ kind: "constant", value })),
      clipped(z.strictObject({ uniform, ...clip }), ({ uniform: { low, high } }) => ({
        kind: "uniform",
        low,
        high,
      })),
      clipped(
        z.strictObject({ exponential: z.strictObject({ mean: positive }), ...clip }),
        ({ exponential }) => ({ kind: "exponential", mean: exponential.mean }),
      ),
      clipped(z.strictObject({ lognormal: lognormalSchema(positive), ...clip }), (value) => ({
        kind: "lognormal",
        ...value.lognormal,
      })),
      clipped(z.strictObject({ geometric: z.strictObject({ mean }), ...clip }), (value) => ({
        kind: "geometric",
        mean: value.geometric.mean,
      })),
    ],
    { error: `${expected} (uniform, exponential, lognormal, geometric)` },
  );
}

/**
 * A lognormal by mu and sigma, by median = exp(mu), or by mean and coefficient of variation:
 * sigma² = ln(1 + cv²), mu = ln(mean) − sigma²/2.
 */
function lognormalSchema(amount: z.ZodType<number>) {
  const sigma = z.number().min(0);
  return z.union(
    [
      z.strictObject({ mu: z.number(), sigma }),
      z
        .strictObject({ median: amount, sigma })
        .transform(({ median, sigma }) => ({ mu: Math.log(median), sigma })),
      z.strictObject({ mean: amount, cv: z.number().min(0) }).transform(({ mean, cv }) => {
        const variance = Math.log(1 + cv * cv);
        return { mu: Math.log(mean) - variance / 2, sigma: Math.sqrt(variance) };
      }),
    ],
    { error: "expected { mu, sigma }, { median, sigma } or { mean, cv }" },
  );
}

interface Clip {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Adds the clipping of `value` to the shape made from it. */
function clipped<T extends Clip>(schema: z.ZodType<T>, shapeOf: (value: T) => Shape) {
  return schema
    .refine(({ min = 0, max = Infinity }) => min <= max, { error: "min is above max" })
    .transform(
      (value): Distribution => ({
        ...shapeOf(value),
        ...(value.min === undefined ? {} : { minimum: value.min }),
        ...(value.max === undefined ? {} : { maximum: value.max }),
      }),
    );
}
