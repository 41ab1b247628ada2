/**
 * `sim replay`: a recorded trace on a user's plan. Prints a table or JSON, and writes the results
 * directory.
 */

import type { InputFiles } from "../config/catalog.ts";
import { formatPlan } from "../config/format-plan.ts";
import { DEFAULT_ENGINE } from "../config/load-model.ts";
import { loadPlan } from "../config/load-plan.ts";
import { loadTrace } from "../config/load-trace.ts";
import { UserError } from "../errors.ts";
import { type ReplayIntervals, replayIntervals } from "../experiment/intervals.ts";
import { type ReplayReport, type ReplayRequest, replay } from "../experiment/replay.ts";
import { checkResultsTarget } from "../records/results-directory.ts";
import { parseOpenArrivals } from "./arrival-flags.ts";
import { printWarning } from "./print-error.ts";
import { createProgress } from "./progress.ts";
import { parseCount, parseDuration, parseRate, parseWarmup } from "./values.ts";
import { defaultDirectory, type SimulationOptions, writeRun } from "./write-run.ts";

/** As commander gives them. */
export interface ReplayOptions extends SimulationOptions {
  readonly plan: string;
  readonly engine?: string;
  readonly intervals?: boolean;
  readonly rate?: string;
  readonly arrivals?: string;
  readonly seed: string;
}

/** Replays the trace file `path` and reports. */
export async function replayCommand(path: string, options: ReplayOptions): Promise<void> {
  const startedAt = new Date();
  const seed = parseCount("--seed", options.seed, 0);
  const arrivals = sessionArrivals(options);
  const warmup = parseWarmup("--warmup", options.warmup);
  const sampleInterval = parseDuration("--sample", options.sample);
  const inputs: InputFiles = new Map();
  const defaultEngine = options.engine ?? DEFAULT_ENGINE;
  const { deployment, clusterSpec, engineSpec } = loadPlan(options.plan, { inputs, defaultEngine });
  const { cluster, llms } = deployment;
  const names = llms.map(({ name }) => name);
  const trace = loadTrace(path, names);
  inputs.set(trace.file.path, trace.file);
  const directory =
    options.out ?? defaultDirectory([trace.name, cluster.name, "user"], options, inputs);
  checkResultsTarget(directory);

  const isQuiet = options.quiet === true || options.json === true;
  const progress = await createProgress(isQuiet, options.watch);
  const { onStart } = progress;
  const request = {
    ...{ trace, deployment, seed, ...arrivals, warmup, sampleInterval },
    isStepwise: options.stepwise ?? false,
    ...(onStart === undefined ? {} : { onStart }),
  };
  let report: ReplayReport;
  let intervals: ReplayIntervals | undefined;
  try {
    report = replay(request, (done) => progress.update("replay", done));
    if (options.intervals === true) {
      const { mean } = report.summary.simulated.latency_seconds;
      intervals = replayIntervals(request, mean, (done) => progress.update("intervals", done));
    }
  } finally {
    progress.stop();
  }
  const summary = {
    ...report.summary,
    ...(intervals === undefined ? {} : { intervals }),
    results: directory,
  };
  const sources = { cluster: clusterSpec ?? cluster.name, engine: engineSpec };
  await writeRun(
    directory,
    { ...report, summary, predictions: undefined },
    {
      cluster,
      planText: formatPlan(deployment, { ...sources, title: `replayed ${trace.name}` }),
      inputs,
      seed,
      wallTimes: { total: summary.wall_seconds },
      startedAt,
      hasTraceEvents: options.traceEvents === true,
    },
  );
  if (options.quiet !== true) for (const warning of report.warnings) printWarning(warning);
  if (options.json === true) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  else process.stdout.write((await import("./replay-table.ts")).formatReplay(summary));
}

/** How sessions come, where not as recorded. */
function sessionArrivals({
  rate,
  arrivals,
}: ReplayOptions): Partial<Pick<ReplayRequest, "arrivals">> {
  if (rate === undefined && arrivals !== undefined) {
    throw new UserError("--arrivals is given without --rate", {
      hint: "give the sessions per second too, or neither for the recorded times",
    });
  }
  if (rate === undefined) return {};
  const kind = parseOpenArrivals("--arrivals", arrivals ?? "poisson");
  return { arrivals: { rate: parseRate("--rate", rate), kind } };
}
