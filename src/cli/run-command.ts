/**
 * `sim run`: the main job. Prints a table or JSON, and writes the results directory.
 */

import { createHash } from "node:crypto";
import { formatPlan } from "../config/format-plan.ts";
import { UserError } from "../errors.ts";
import { resultFiles } from "../experiment/result-files.ts";
import { type RunReport, run } from "../experiment/run.ts";
import { checkResultsTarget, writeResults } from "../records/results-directory.ts";
import type { ArrivalLimit } from "../workflow/arrivals.ts";
import { printWarning } from "./print-error.ts";
import { createProgress } from "./progress.ts";
import { formatRun } from "./run-table.ts";
import { parseCount, parseDuration, parseWarmup } from "./values.ts";
import { VERSION } from "./version.ts";
import { type LoadedWorkload, loadWorkload, type WorkloadOptions } from "./workload-options.ts";

/** As commander gives them. */
export interface RunOptions extends WorkloadOptions {
  readonly executions?: string;
  readonly duration?: string;
  readonly warmup: string;
  readonly out?: string;
  readonly sample: string;
  readonly stepwise?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs and reports. */
export async function runCommand(options: RunOptions): Promise<void> {
  const startedAt = new Date();
  const limit = arrivalLimit(options);
  const warmup = parseWarmup("--warmup", options.warmup);
  const sampleInterval = parseDuration("--sample", options.sample);
  const workload = loadWorkload(options);
  const directory = options.out ?? defaultDirectory(options, workload);
  checkResultsTarget(directory);

  const isQuiet = options.quiet === true || options.json === true;
  const progress = createProgress(isQuiet);
  const isStepwise = options.stepwise ?? false;
  let report: RunReport;
  try {
    report = run({ ...workload, ...limit, warmup, sampleInterval, isStepwise }, progress.update);
  } finally {
    progress.stop();
  }
  await write(directory, report, workload, startedAt);
  const summary = { ...report.summary, results: directory };
  if (options.quiet !== true) for (const warning of report.warnings) printWarning(warning);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(summary, null, 2)}\n`
      : formatRun(summary, report.planned.prediction, workload),
  );
}

function arrivalLimit({ executions, duration }: RunOptions): { readonly limit?: ArrivalLimit } {
  if (executions !== undefined && duration !== undefined) {
    throw new UserError("--executions and --duration are both given", {
      hint: "give one of the two: they say when arrivals stop",
    });
  }
  if (duration !== undefined) return { limit: { duration: parseDuration("--duration", duration) } };
  if (executions === undefined) return {};
  return { limit: { executions: parseCount("--executions", executions, 1) } };
}

/** Named by what is run, and by a hash of everything that decides the result. */
function defaultDirectory(options: RunOptions, workload: LoadedWorkload): string {
  const { out: _, json: __, quiet: ___, ...deciding } = options;
  const hash = createHash("sha256").update(JSON.stringify(deciding));
  for (const { sha256 } of workload.inputs.values()) hash.update(sha256);
  const { workflow, cluster, planner } = workload;
  const name = `${workflow.name}-${cluster.name}-${planner.name}`.replace(/[^\w.-]+/g, "_");
  return `results/${name}-${hash.digest("hex").slice(0, 8)}`;
}

async function write(
  directory: string,
  report: RunReport,
  workload: LoadedWorkload,
  startedAt: Date,
): Promise<void> {
  const { outcome, searchSeconds } = report.planned;
  const { sources, inputs, cluster, seed } = workload;
  const planText = outcome.isFeasible
    ? formatPlan(outcome.deployment, { ...sources, title: `planned by ${workload.planner.name}` })
    : undefined;
  const hashes = [...inputs].map(([name, { sha256 }]) => [name, sha256] as const);
  const manifest = {
    version: VERSION,
    command: process.argv.slice(2),
    seeds: [seed],
    inputHashes: Object.fromEntries(hashes),
    wallTimes: { search: searchSeconds, total: report.summary.wall_seconds },
    startedAt: startedAt.toISOString(),
    nodeVersion: process.version,
  };
  writeResults(directory, await resultFiles(report, cluster, { manifest, planText }));
}
