/**
 * A comparison and a sweep as their directories hold them, with HTML for names, and numbers that
 * are told apart.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pointsTable } from "../../../src/experiment/points-table.ts";
import {
  failedResult,
  finishedResult,
  type PointResult,
  type PointSummary,
} from "../../../src/experiment/sweep-point.ts";
import { COMPARISON_FILE, type Comparison } from "../../../src/records/comparison-results.ts";
import { formatManifest, MANIFEST_FILE } from "../../../src/records/manifest.ts";

/** A name that is HTML. */
export const EVIL = "<script>document.title='run'</script>";

function planner(peak: number | null, latencies: readonly number[]) {
  return {
    points: latencies.map((latency, index) => ({
      rate_per_second: index + 1,
      planned_rate_per_second: index + 1,
      stable: index < 2,
      throughput_per_second: 0.98 * (index + 1),
      latency_mean_seconds: latency,
      latency_mean_ci95: [0.9 * latency, 1.1 * latency] as const,
      latency_p95_seconds: 2 * latency,
    })),
    peak_throughput_per_second: peak,
    peak_throughput_ci95: peak === null ? null : ([0.95 * peak, 1.05 * peak] as const),
    infeasible: peak === null ? `no GPU is large enough for ${EVIL}` : null,
  };
}

/** Three planners: one beats the second in peak, loses in latency, and the third has no plan. */
export const COMPARISON: Comparison = {
  workload: EVIL,
  cluster: "1x4xH100",
  seed: 1,
  replications: 3,
  planners: {
    scepsy: planner(4, [10, 12, 19]),
    [EVIL]: planner(2.5, [7, 11]),
    never: planner(null, []),
  },
  ratios: {
    [`scepsy/${EVIL}`]: {
      throughput: 1.6,
      throughput_ci95: [1.5, 1.7],
      latency_at_load: { "0.25": 0.7, "0.5": 0.917, "0.75": null },
      latency_at_load_ci95: { "0.25": [0.6, 0.8], "0.5": [0.8, 1.05], "0.75": null },
      rate_at_load_per_second: { "0.25": 1, "0.5": 2, "0.75": 3 },
    },
    "scepsy/never": {
      throughput: null,
      throughput_ci95: null,
      latency_at_load: { "0.25": null, "0.5": null, "0.75": null },
      latency_at_load_ci95: { "0.25": null, "0.5": null, "0.75": null },
      rate_at_load_per_second: { "0.25": null, "0.5": null, "0.75": null },
    },
  },
};

/** Writes the directory of the comparison. */
export function writeComparison(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, COMPARISON_FILE), JSON.stringify(COMPARISON));
  const manifest = formatManifest({
    version: "9.8.7",
    command: ["compare", EVIL],
    seeds: [1, 2, 3],
    inputHashes: { "w.yaml": "abcdef0123456789" },
    wallTimes: { total: 1 },
    startedAt: "",
    nodeVersion: "",
  });
  writeFileSync(join(directory, MANIFEST_FILE), manifest);
}

/** The points of two seeds of each planner at two loads on two clusters, and of two that fail. */
function pointResults(): PointResult[] {
  const results: PointResult[] = [];
  for (const cluster of ["1x2xH100", "1x4xH100"]) {
    for (const name of ["scepsy", EVIL]) {
      for (const load of [0.5, 1.5]) {
        for (const seed of ["1", "2"]) {
          const options = { workload: EVIL, cluster, planner: name, load, seed };
          results.push(finishedResult(options, summaryOf(options)));
        }
      }
    }
  }
  const failing = { workload: EVIL, cluster: "1x2xH100", planner: "scepsy" };
  const infeasible = { ...summaryOf({ ...failing, load: 9, seed: "1" }), simulated: null };
  const plan = { ...infeasible.plan, feasible: false, reason: `too few GPUs for ${EVIL}` };
  return [
    ...results,
    finishedResult({ ...failing, load: 9, seed: "1" }, { ...infeasible, plan }),
    failedResult({ ...failing, load: 7, seed: "1" }, new Error(`it broke: ${EVIL}`)),
  ];
}

function summaryOf(options: {
  readonly workload: string;
  readonly cluster: string;
  readonly planner: string;
  readonly load: number;
  readonly seed: string;
}): PointSummary {
  const { workload, cluster, planner: name, load, seed } = options;
  const latency = 10 * load + Number(seed);
  const summary = {
    ...{ workload, cluster, planner: name, seed: Number(seed), rate_per_second: 4 * load },
    plan: { feasible: true, reason: null, gpus_total: 4, gpus_used: 3 },
    predicted: { latency_mean_seconds: 1.1 * latency },
    predictions: {},
    simulated: {
      stable: load < 1,
      throughput_per_second: 4 * load,
      latency_seconds: {
        mean: latency,
        mean_ci95: [0.9 * latency, 1.1 * latency],
        p95: 3 * latency,
      },
      executions: {},
      gpus: { utilization_mean: 0.5 },
    },
    error: { latency_mean: 0.1 },
  };
  return summary as unknown as PointSummary;
}

/** Writes the directory of the sweep: its table. */
export async function writeSweep(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "points.arrow"), await pointsTable(pointResults()));
}
