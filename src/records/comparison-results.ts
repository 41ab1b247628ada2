/**
 * The results directory of a comparison of planners: its document, checked as it is read, and its
 * origin.
 */

import { join } from "node:path";
import { z } from "zod";
import { MANIFEST_FILE } from "./manifest.ts";
import { readDocument } from "./read-document.ts";
import { type ManifestDocument, manifestDocument } from "./result-documents.ts";

/** Its file; no other results directory has one of this name. */
export const COMPARISON_FILE = "comparison.json";

const value = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]).readonly().nullable();

const point = z.object({
  rate_per_second: z.number(),
  planned_rate_per_second: z.number(),
  stable: z.boolean(),
  throughput_per_second: value,
  latency_mean_seconds: value,
  latency_mean_ci95: interval,
  latency_p95_seconds: value,
});

const planner = z.object({
  points: z.array(point).readonly(),
  peak_throughput_per_second: value,
  peak_throughput_ci95: interval,
  infeasible: z.string().nullable(),
});

const ratio = z.object({
  throughput: value,
  throughput_ci95: interval,
  latency_at_load: z.record(z.string(), value),
  latency_at_load_ci95: z.record(z.string(), interval),
  rate_at_load_per_second: z.record(z.string(), value),
});

const comparison = z.object({
  workload: z.string(),
  cluster: z.string(),
  seed: z.number(),
  replications: z.number(),
  planners: z.record(z.string(), planner),
  ratios: z.record(z.string(), ratio),
});

/** One planner at one rate. */
export type ComparedPoint = z.infer<typeof point>;
/** One planner. */
export type ComparedPlanner = z.infer<typeof planner>;
/** A pair, the reference first: `scepsy/NAME`. */
export type ComparedPair = z.infer<typeof ratio>;
/** `comparison.json`. */
export type Comparison = z.infer<typeof comparison>;

/** A comparison and where it comes from. */
export interface ComparisonResults {
  readonly comparison: Comparison;
  readonly manifest: ManifestDocument;
}

/** Reads the directory of a comparison. */
export function readComparison(directory: string): ComparisonResults {
  return {
    comparison: readDocument(join(directory, COMPARISON_FILE), comparison),
    manifest: readDocument(join(directory, MANIFEST_FILE), manifestDocument),
  };
}
