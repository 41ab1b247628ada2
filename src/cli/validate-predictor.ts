/**
 * `sim validate predictor`: what predictors say beside what is simulated, or what was measured.
 * Prints tables or JSON, and draws pictures.
 */

import Table from "cli-table3";
import { UserError } from "../errors.ts";
import { comparePredictors, type PredictorComparison } from "../experiment/validation/predictor.ts";
import { type ComparisonOptions, reportComparison } from "./comparison-report.ts";
import { createProgress } from "./progress.ts";
import { duration, percent, rate, signed } from "./table-values.ts";
import { parseCount } from "./values.ts";
import { loadWorkload, type WorkloadOptions } from "./workload-options.ts";

/** As commander gives them. */
export interface PredictorOptions extends Omit<WorkloadOptions, "workload">, ComparisonOptions {
  readonly workload?: string;
  readonly plans: string;
  readonly runs?: string;
  readonly quiet?: boolean;
}

/** Compares and reports. */
export async function validatePredictor(options: PredictorOptions): Promise<void> {
  const { workload: name, cluster, quiet, json } = options;
  if (name === undefined || cluster === undefined) {
    throw new UserError("neither a workload on a cluster nor measured runs are given", {
      hint: "give --workload and --cluster, or --runs",
    });
  }
  const plans = parseCount("--plans", options.plans, 2);
  const workload = loadWorkload({ ...options, workload: name });
  const progress = await createProgress(quiet === true || json === true);
  let compared: Awaited<ReturnType<typeof comparePredictors>>;
  try {
    compared = await comparePredictors({ ...workload, plans }, progress.update);
  } finally {
    progress.stop();
  }
  if ("infeasible" in compared) throw new UserError(compared.infeasible);
  const comparison = compared;
  await reportComparison(options, comparison, formatComparison(comparison), {
    name: `validate-predictor-${comparison.workload}-${comparison.cluster}`,
    title: `${comparison.workload} on ${comparison.cluster}: mean latency, predicted over simulated`,
    quantity: "mean latency",
    unit: "s",
    groups: Object.keys(comparison.predictors).map((predictor) => ({
      name: predictor,
      points: [...comparison.points, ...comparison.plans].map((point) => ({
        measured: point.latency_mean_seconds,
        simulated: point.predicted[predictor] ?? Number.NaN,
      })),
    })),
  });
}

function formatComparison(comparison: PredictorComparison): string {
  const { predictors, points, plans, plans_tried: tried, peaks, residuals } = comparison;
  const names = Object.keys(predictors);
  const errors = new Table({
    head: ["", "latency to 70 %", "to 90 %", "peak", "ranks plans"],
    colAligns: ["left", ...Array(4).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, error] of Object.entries(predictors)) {
    errors.push([
      name,
      percent(error.latency_mape_to_70),
      percent(error.latency_mape_to_90),
      percent(error.peak_throughput_mape),
      error.rank_correlation?.toFixed(2) ?? "–",
    ]);
  }
  const table = new Table({
    head: ["load", "rate", "simulated", ...names],
    colAligns: Array(3 + names.length).fill("right"),
    style: { head: [], border: [] },
  });
  for (const { load, rate_per_second, latency_mean_seconds: simulated, predicted } of points) {
    table.push([
      percent(load),
      rate(rate_per_second),
      duration(simulated),
      ...names.map((name) => signed(relative(predicted[name], simulated))),
    ]);
  }
  const parts = new Table({
    head: ["load", "alp", "alone", "interference", "drift", "overlap", "tools", "simulated"],
    colAligns: Array(8).fill("right"),
    style: { head: [], border: [] },
  });
  for (const step of residuals) {
    parts.push([
      percent(step.load),
      duration(step.predicted_seconds),
      ...[step.alone, step.interference, step.drift, step.overlap, step.tools].map(seconds),
      duration(step.simulated_seconds),
    ]);
  }
  const peak = peaks[0]!;
  return [
    `Mean size of errors; ranks: Spearman's over ${plans.length} stable random plans of ${tried}`,
    errors.toString(),
    `Peak of the plan: ${rate(peak.throughput_max_per_second)} simulated, ` +
      names.map((name) => `${rate(peak.predicted[name])} by ${name}`).join(", "),
    table.toString(),
    "What the paper's pipeline leaves out, in seconds of mean latency:",
    parts.toString(),
    "",
  ].join("\n");
}

function relative(predicted: number | null | undefined, simulated: number): number | null {
  return predicted === null || predicted === undefined ? null : predicted / simulated - 1;
}

function seconds(value: number): string {
  return `${value < 0 ? "−" : "+"}${duration(Math.abs(value))}`;
}
