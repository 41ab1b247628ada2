/**
 * The schema of a sweep file: grids, of which every combination is a point, and points listed one
 * by one. Each key is an option of `sim run` by its name, with the same values; `load` is a rate as
 * a part of the predicted peak.
 */

import { z } from "zod";

const text = z
  .union([z.string().min(1), z.number()], { error: "expected a text or a number" })
  .transform(String);

const flag = z.boolean({ error: "expected true or false" });

/** Options of `sim run`; in a grid the first varies slowest. */
const optionSchemas = {
  workload: z.string().min(1),
  cluster: z.string().min(1),
  planner: z.string().min(1),
  plan: z.string().min(1),
  profiles: z.string().min(1),
  /** Executions per second. */
  rate: text,
  /** The rate as a part of the scepsy plan's predicted peak. */
  load: z.number({ error: "expected a part of the peak, such as 0.6" }).positive(),
  /** Other models for LLMs of the workload. */
  llm: z.record(z.string(), z.string().min(1)),
  engine: z.string().min(1),
  seed: text,
  objective: z.string().min(1),
  slo: z.string().min(1),
  max_gpus: text,
  refine: text,
  exhaustive: flag,
  executions: text,
  duration: text,
  arrivals: text,
  warmup: text,
  replications: text,
  precision: text,
  stepwise: flag,
};

const pointSchema = z.strictObject(optionSchemas).partial().required({ workload: true });

/** A value, or a list of values. */
function oneOrMore(value: z.ZodType) {
  return z.union([z.array(value).min(1), value]);
}

const gridSchema = z.strictObject({
  ...Object.fromEntries(
    Object.entries(optionSchemas).map(([name, schema]) => [name, oneOrMore(schema).optional()]),
  ),
  workload: oneOrMore(optionSchemas.workload),
});

/** A sweep file. */
export const sweepSchema = z
  .strictObject({
    grid: z.union([z.array(gridSchema).min(1), gridSchema]).optional(),
    points: z.array(pointSchema).min(1).optional(),
  })
  .refine(({ grid, points }) => grid !== undefined || points !== undefined, {
    error: "expected a grid, points, or both",
  });

type Options = {
  readonly [Name in keyof typeof optionSchemas]: z.infer<(typeof optionSchemas)[Name]>;
};

/** The options of a point as the file has them; what it leaves out has no key. */
export type PointOptions = Pick<Options, "workload"> & Partial<Options>;

/** Values by option, each alone or in a list. */
export type Grid = Readonly<Record<string, unknown>>;

/** Names of the options, the one that varies slowest first. */
export const OPTION_NAMES = Object.keys(optionSchemas) as readonly (keyof PointOptions)[];
