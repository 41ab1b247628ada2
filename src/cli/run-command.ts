/**
 * `sim run`: the main job. Prints a table or JSON, and writes the results directory.
 */

import { formatPlan } from "../config/format-plan.ts";
import { UserError } from "../errors.ts";
import { predictionsTable } from "../experiment/result-files.ts";
import { type RunReport, run } from "../experiment/run.ts";
import { checkResultsTarget } from "../records/results-directory.ts";
import { TraceFile } from "../records/trace-file.ts";
import type { ArrivalLimit } from "../workflow/arrivals.ts";
import { parseRunArrivals } from "./arrival-flags.ts";
import { printWarning } from "./print-error.ts";
import { createProgress } from "./progress.ts";
import { type ReplicationFlags, replicationCount } from "./replication-flags.ts";
import { formatRun } from "./run-table.ts";
import { parseCount, parseDuration, parseWarmup } from "./values.ts";
import { type LoadedWorkload, loadWorkload, type WorkloadOptions } from "./workload-options.ts";
import { defaultDirectory, type RunOrigin, type SimulationOptions, writeRun } from "./write-run.ts";

/** As commander gives them. */
export interface RunOptions extends WorkloadOptions, SimulationOptions, ReplicationFlags {
  readonly executions?: string;
  readonly duration?: string;
  readonly arrivals: string;
  readonly saveTrace?: string;
}

/** Runs and reports. */
export async function runCommand(options: RunOptions): Promise<void> {
  const startedAt = new Date();
  const limit = arrivalLimit(options);
  const warmup = parseWarmup("--warmup", options.warmup);
  const count = replicationCount(options);
  const sampleInterval = parseDuration("--sample", options.sample);
  const workload = loadWorkload(options);
  const coming = parseRunArrivals(options.arrivals, workload.workflow);
  const { workflow, cluster, planner, inputs } = workload;
  const names = [workflow.name, cluster.name, planner.name];
  const directory = options.out ?? defaultDirectory(names, options, inputs);
  checkResultsTarget(directory);
  const traceFile = options.saveTrace === undefined ? undefined : new TraceFile(options.saveTrace);

  const isQuiet = options.quiet === true || options.json === true;
  const progress = await createProgress(isQuiet, options.watch);
  const isStepwise = options.stepwise ?? false;
  let report: RunReport;
  try {
    const { onStart } = progress;
    const seen = {
      ...(traceFile === undefined ? {} : { traceFile }),
      ...(onStart === undefined ? {} : { onStart }),
    };
    const arrivals = { ...limit, ...count, ...coming, warmup };
    const request = { ...workload, ...arrivals, ...seen, sampleInterval, isStepwise };
    report = await run(request, progress.update);
  } catch (error) {
    traceFile?.abandon();
    throw error;
  } finally {
    progress.stop();
  }
  traceFile?.close();
  await write(directory, report, workload, {
    startedAt,
    hasTraceEvents: options.traceEvents === true,
  });
  const summary = { ...report.summary, results: directory };
  if (options.quiet !== true) for (const warning of report.warnings) printWarning(warning);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(summary, null, 2)}\n`
      : formatRun(summary, report.planned),
  );
}

/** When arrivals stop, where the options say so. */
export function arrivalLimit({
  executions,
  duration,
}: Pick<RunOptions, "executions" | "duration">): { readonly limit?: ArrivalLimit } {
  if (executions !== undefined && duration !== undefined) {
    throw new UserError("--executions and --duration are both given", {
      hint: "give one of the two: they say when arrivals stop",
    });
  }
  if (duration !== undefined) return { limit: { duration: parseDuration("--duration", duration) } };
  if (executions === undefined) return {};
  return { limit: { executions: parseCount("--executions", executions, 1) } };
}

async function write(
  directory: string,
  report: RunReport,
  workload: LoadedWorkload,
  origin: Pick<RunOrigin, "startedAt" | "hasTraceEvents">,
): Promise<void> {
  const { outcome, searchSeconds } = report.planned;
  const { sources, planner } = workload;
  const planText = outcome.isFeasible
    ? formatPlan(outcome.deployment, { ...sources, title: `planned by ${planner.name}` })
    : undefined;
  const wallTimes = { search: searchSeconds, total: report.summary.wall_seconds };
  const run = { ...report, predictions: predictionsTable(report) };
  await writeRun(directory, run, { ...workload, planText, wallTimes, ...origin });
}
