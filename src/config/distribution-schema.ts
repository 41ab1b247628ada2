/**
 * Schemas of distributions: a constant, or one named shape with optional `min` and `max` that
 * clip what is drawn. Token and count distributions take plain numbers, latencies quantities.
 *
 *   prompt: 185                                           a constant
 *   prompt: { lognormal: { mu: 6.0, sigma: 1.1 }, max: 4000 }
 *   latency: { lognormal: { median: 230 ms, sigma: 1.66 }, max: 300 s }
 *   output: { mixture: [{ weight: 4, of: 60 }, { weight: 1, of: { geometric: { mean: 90 } } }] }
 *   output: { empirical: { file: lengths.csv, column: output_tokens } }    see csv-distributions.ts
 */

import { z } from "zod";
import type { Distribution, Shape } from "../engine/distributions.ts";
import { unitsOf } from "../units.ts";
import { quantity } from "./quantity.ts";

/** Values that are a column of a CSV file, each as likely or by another column. */
export const columnSchema = z.strictObject({
  file: z.string().min(1),
  column: z.string().min(1),
  weight_column: z.string().min(1).optional(),
});

/** The same for times: the unit of the numbers in the column. */
export const timeColumnSchema = columnSchema.extend({ unit: z.enum(unitsOf("duration")) });

/** What either reads. */
export type ColumnOfFile = z.infer<typeof columnSchema> & { readonly unit?: string };

/** The keys of distributions that are not constant. */
const SHAPES = [
  ...["uniform", "exponential", "gamma", "geometric", "normal", "lognormal"],
  ...["empirical", "mixture"],
];

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
  column: timeColumnSchema,
  leastMean: 0,
});

interface DistributionOptions {
  readonly expected: string;
  /** A constant, and the parameters that have its dimension. */
  readonly constant: z.ZodType<number>;
  readonly amount: z.ZodType<number>;
  readonly column: z.ZodType<ColumnOfFile>;
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
    column: columnSchema,
    leastMean: 1,
  });
}

function distribution(options: DistributionOptions): z.ZodType<Distribution> {
  const { expected, constant } = options;
  const schema: z.ZodType<Distribution> = z.union(
    [
      constant.transform((value): Distribution => ({ kind: "constant", value })),
      ...spreadShapes(options),
      ...normalShapes(options),
      ...listedShapes(options, () => schema),
    ],
    {
      error: `${expected} (${SHAPES.join(", ")})`,
    },
  );
  return schema;
}

function clipOf({ amount }: DistributionOptions) {
  return { min: amount.optional(), max: amount.optional() };
}

function positiveOf({ amount }: DistributionOptions) {
  return amount.refine((value) => value > 0, { error: "expected a value above zero" });
}

function spreadShapes(options: DistributionOptions) {
  const { amount, leastMean } = options;
  const clip = clipOf(options);
  const positive = positiveOf(options);
  const uniform = z
    .strictObject({ low: amount, high: amount })
    .refine(({ low, high }) => low <= high, { error: "low is above high" });
  const mean = positive.refine((value) => value >= leastMean, {
    error: `expected a mean of at least ${leastMean}`,
  });
  return [
    clipped(z.strictObject({ uniform, ...clip }), ({ uniform: { low, high } }) => ({
      kind: "uniform",
      low,
      high,
    })),
    clipped(
      z.strictObject({ exponential: z.strictObject({ mean: positive }), ...clip }),
      ({ exponential }) => ({ kind: "exponential", mean: exponential.mean }),
    ),
    // Shape 1 / cv² and scale mean · cv² have this mean and coefficient of variation.
    clipped(
      z.strictObject({
        gamma: z.strictObject({ mean: positive, cv: z.number().positive() }),
        ...clip,
      }),
      ({ gamma }) => ({ kind: "gamma", shape: gamma.cv ** -2, scale: gamma.mean * gamma.cv ** 2 }),
    ),
    clipped(z.strictObject({ geometric: z.strictObject({ mean }), ...clip }), (value) => ({
      kind: "geometric",
      mean: value.geometric.mean,
    })),
  ];
}

/** Shapes made from a normal variate, which may be correlated with the execution's difficulty. */
function normalShapes(options: DistributionOptions) {
  const shared = {
    ...clipOf(options),
    difficulty: z
      .number()
      .min(-1, "expected a correlation from -1 to 1")
      .max(1, "expected a correlation from -1 to 1")
      .optional(),
  };
  const normal = z.strictObject({ mean: options.amount, std_dev: options.amount });
  return [
    clipped(z.strictObject({ normal, ...shared }), ({ normal: { mean, std_dev: deviation } }) => ({
      kind: "normal",
      mean,
      deviation,
    })),
    clipped(
      z.strictObject({ lognormal: lognormalSchema(positiveOf(options)), ...shared }),
      ({ lognormal }) => ({ kind: "lognormal", ...lognormal }),
    ),
  ];
}

/** Shapes that list what is drawn. */
function listedShapes(options: DistributionOptions, ofAnyShape: () => z.ZodType<Distribution>) {
  const clip = clipOf(options);
  const weight = z.number({ error: "expected a weight" }).positive("expected a weight above zero");
  const inline = z
    .strictObject({
      values: z.array(options.amount).min(1, "expected at least one value"),
      weights: z.array(weight).optional(),
    })
    .refine(({ values, weights = values }) => weights.length === values.length, {
      error: "there are not as many weights as values",
      path: ["weights"],
    });
  // A column that could be read has become inline values by now.
  const column = options.column.transform(() => ({ values: [], weights: undefined }));
  const empirical = z.union([inline, column], {
    error: "expected { values, weights } or { file, column, weight_column }",
  });
  const parts = z
    .array(z.strictObject({ weight, of: z.lazy(ofAnyShape) }))
    .min(2, "expected at least two parts");
  return [
    clipped(z.strictObject({ empirical, ...clip }), ({ empirical: { values, weights } }) => ({
      kind: "empirical",
      values,
      ...(weights === undefined ? {} : { weights }),
    })),
    clipped(z.strictObject({ mixture: parts, ...clip }), ({ mixture }) => ({
      kind: "mixture",
      parts: mixture,
    })),
  ];
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
  readonly difficulty?: number | undefined;
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
        ...(value.difficulty === undefined ? {} : { difficulty: value.difficulty }),
      }),
    );
}
