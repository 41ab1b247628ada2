/** F8: the bundled measured runs, simulated with and without interference between tenants. */

import { join } from "node:path";
import { bundledFolder } from "../../config/catalog.ts";
import { noSlowdown } from "../../hardware/interference.ts";
import { type ReplayRequest, replay } from "../replay.ts";
import { loadRun, mostTenants, runNames } from "../validation/runs.ts";
import type { ComputeFigure } from "./figure.ts";

const QUICK_RUNS = 4;

/** A run as measured and as simulated. */
export type MeasuredRow = ReturnType<typeof replayedRun>;

/** The bundled measured runs, or the first of them, replayed. */
export function replayedRuns(count = Number.POSITIVE_INFINITY) {
  const folder = join(bundledFolder("cluster"), "measurements", "h100", "serve");
  return runNames(folder)
    .slice(0, count)
    .map((name) => replayedRun(folder, name));
}

function replayedRun(folder: string, name: string) {
  const { deployment, trace } = loadRun(folder, name);
  const request: ReplayRequest = {
    trace,
    deployment,
    seed: 1,
    warmup: { fraction: 0 },
    sampleInterval: 1,
    isStepwise: false,
  };
  const felt = replay(request, () => {}).summary;
  const unfelt = replay({ ...request, slowdownModel: noSlowdown }, () => {}).summary;
  return {
    run: name,
    tenants: mostTenants(deployment),
    executions: felt.simulated.executions.arrived,
    observed_seconds: felt.observed?.latency_seconds.mean ?? null,
    simulated_seconds: felt.simulated.latency_seconds.mean,
    without_interference_seconds: unfelt.simulated.latency_seconds.mean,
  };
}

/** Computes F8. */
export const computeMeasured: ComputeFigure = async (context) => {
  const rows = replayedRuns(context.isQuick ? QUICK_RUNS : undefined);
  return {
    title: "F8  Simulated against measured on an H100",
    caption:
      `${rows.length} measured runs on one H100, random weights (names: workflow, MPS ` +
      "shares in percent, rate; the chat runs are of one model alone), replayed with the " +
      "recorded lengths and dependencies, arrivals as recorded, nothing left out as warm-up. " +
      "Mean latency of executions; without interference: tenants do not feel one another. " +
      "One run each, so there are no intervals.",
    rows,
  };
};
