/**
 * `sim validate predictor`: what predictors say beside what is simulated, or what was measured.
 * Prints tables or JSON, and draws pictures.
 */

import Table from "cli-table3";
import { UserError } from "../errors.ts";
import { predictRuns, type RunPredictions } from "../experiment/validation/predicted-runs.ts";
import { comparePredictors, type PredictorComparison } from "../experiment/validation/predictor.ts";
import type { Residuals } from "../experiment/validation/residuals.ts";
import type { Waterfall } from "../report/waterfall.ts";
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
  const { workload: name, cluster, quiet, json, runs } = options;
  if (runs !== undefined) {
    await predictMeasured(runs, options);
    return;
  }
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
    title:
      `${comparison.workload} on ${comparison.cluster}: ` +
      "mean latency, predicted over simulated",
    quantity: "mean latency",
    unit: "s",
    compared: "predicted",
    reference: "simulated",
    groups: Object.keys(comparison.predictors).map((predictor) => ({
      name: predictor,
      points: [...comparison.points, ...comparison.plans].map((point) => ({
        measured: point.latency_mean_seconds,
        simulated: point.predicted[predictor] ?? Number.NaN,
      })),
    })),
    waterfall: residualsPicture(
      `${comparison.workload} on ${comparison.cluster}`,
      comparison.residuals.map((step) => [`${percent(step.load)} of the peak`, step]),
    ),
  });
}

/** Measured runs. */
async function predictMeasured(folder: string, options: PredictorOptions): Promise<void> {
  const progress = await createProgress(options.quiet === true || options.json === true);
  let predictions: RunPredictions;
  try {
    predictions = predictRuns(folder, (done) => progress.update("predict runs", done));
  } finally {
    progress.stop();
  }
  await reportComparison(options, predictions, formatRuns(predictions), {
    name: "validate-predictor-runs",
    title: "Mean latency of measured runs, predicted over measured",
    quantity: "mean latency",
    unit: "s",
    compared: "predicted",
    groups: Object.keys(predictions.predictors).map((predictor) => ({
      name: predictor,
      points: predictions.runs.map((run) => ({
        measured: run.latency_mean_seconds,
        simulated: run.predicted[predictor] ?? Number.NaN,
      })),
    })),
    waterfall: residualsPicture(
      "Measured runs",
      predictions.runs.map((run) => [run.name, run.residuals]),
    ),
  });
}

function formatRuns({ predictors, runs }: RunPredictions): string {
  const names = Object.keys(predictors);
  const table = new Table({
    head: ["run", "GPUs", "rate", "measured", ...names],
    colAligns: ["left", "left", ...Array(2 + names.length).fill("right")],
    style: { head: [], border: [] },
  });
  for (const run of runs) {
    const { latency_mean_seconds: measured, predicted } = run;
    table.push([
      run.name,
      run.shared ? "shared" : "own",
      rate(run.rate_per_second),
      duration(measured),
      ...names.map((name) => signed(relative(predicted[name], measured))),
    ]);
  }
  const figures = names.map(
    (name) => `${name} ${percent(predictors[name]!.latency_mean_abs_error_mean)}`,
  );
  return (
    `Predicted against measured mean latency\n${table.toString()}\n` +
    `Mean size of errors where GPUs are shared: ${figures.join(", ")}\n` +
    `What the paper's pipeline leaves out, in seconds of mean latency:\n` +
    `${residualsTable(runs.map((run) => [run.name, run.residuals]))}\n`
  );
}

function formatComparison(comparison: PredictorComparison): string {
  const { predictors, points, plans, plans_tried: tried, peaks, residuals } = comparison;
  const names = Object.keys(predictors);
  const errors = new Table({
    head: ["", "latency to 70 %", "to 90 %", "peak", "of random plans", "ranks plans"],
    colAligns: ["left", ...Array(5).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, error] of Object.entries(predictors)) {
    errors.push([
      name,
      percent(error.latency_mape_to_70),
      percent(error.latency_mape_to_90),
      percent(error.peak_throughput_mape),
      percent(error.random_peak_throughput_mape),
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
  const peak = peaks[0]!;
  return [
    `Mean size of errors; ranks: Spearman's over ${plans.length} stable random plans of ${tried}`,
    errors.toString(),
    `Peak of the plan: ${rate(peak.throughput_max_per_second)} simulated, ` +
      names.map((name) => `${rate(peak.predicted[name])} by ${name}`).join(", "),
    table.toString(),
    "What the paper's pipeline leaves out, in seconds of mean latency:",
    residualsTable(residuals.map((step) => [percent(step.load), step])),
    "",
  ].join("\n");
}

/** The steps from what the paper's pipeline predicts to what was simulated. */
function residualsPicture(
  of: string,
  rows: readonly (readonly [string, Residuals | null])[],
): Waterfall {
  const steps = ["alone", "interference", "drift", "overlap", "tools"] as const;
  return {
    title: `${of}: from alp's prediction to the simulation`,
    subtitle:
      "alone: calls of an LLM by itself, not beside the others; interference: of tenants of a " +
      "GPU; drift: of calls and their parallelism; overlap: of different LLMs.",
    quantity: "mean latency (s)",
    startName: "alp",
    steps,
    endName: "simulated",
    cases: rows.flatMap(([name, parts]) => {
      if (parts === null) return [];
      const { predicted_seconds: start, simulated_seconds: end } = parts;
      return [{ name, start, values: steps.map((step) => parts[step]), end }];
    }),
  };
}

function residualsTable(rows: readonly (readonly [string, Residuals | null])[]): string {
  const table = new Table({
    head: ["", "alp", "alone", "interference", "drift", "overlap", "tools", "simulated"],
    colAligns: ["left", ...Array(7).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, parts] of rows) {
    if (parts === null) continue;
    table.push([
      name,
      duration(parts.predicted_seconds),
      ...[parts.alone, parts.interference, parts.drift, parts.overlap, parts.tools].map(seconds),
      duration(parts.simulated_seconds),
    ]);
  }
  return table.toString();
}

function relative(predicted: number | null | undefined, simulated: number): number | null {
  return predicted === null || predicted === undefined ? null : predicted / simulated - 1;
}

function seconds(value: number): string {
  // Sums of the same numbers in another order differ in the last digits.
  if (Math.abs(value) < 1e-9) return "0";
  return `${value < 0 ? "−" : "+"}${duration(Math.abs(value))}`;
}
