/**
 * The table of a sweep: a row a point, in the order of the sweep file, with its options, the
 * prediction beside the simulation, and the error of a point that could not be run. Its bytes
 * depend on the points alone, not on who ran them in which order.
 */

import { OPTION_NAMES, type PointOptions } from "../config/sweep-schema.ts";
import { toArrowFile } from "../records/arrow-file.ts";
import {
  type Column,
  DictionaryColumn,
  Float64Column,
  Int32Column,
  TextColumn,
} from "../records/columns.ts";
import type { PointResult, PointSummary } from "./sweep-point.ts";

/** Options that are columns of every table, by the names that the run gave them. */
const ALWAYS: ReadonlySet<keyof PointOptions> = new Set([
  "workload",
  "cluster",
  "planner",
  "rate",
  "seed",
]);

type Simulated = NonNullable<PointSummary["simulated"]>;

type Figures = Readonly<Record<string, (summary: PointSummary) => number | null | undefined>>;

/** Figures of a run, null where they are undefined. */
const FIGURES: Figures = {
  rate_per_second: (run) => run.rate_per_second,
  gpus_total: (run) => run.plan.gpus_total,
  gpus_used: (run) => run.plan.gpus_used,
  predicted_latency_mean_seconds: (run) => run.predicted?.latency_mean_seconds,
  predicted_throughput_per_second: (run) => run.predicted?.throughput_per_second,
  predicted_throughput_max_per_second: (run) => run.predicted?.throughput_max_per_second,
  alp_latency_mean_seconds: (run) => run.predictions.alp?.latency_mean_seconds,
  replications: simulated((run) => run.replications),
  throughput_per_second: simulated((run) => run.throughput_per_second),
  throughput_ci95_low_per_second: simulated((run) => run.throughput_per_second_ci95?.[0]),
  throughput_ci95_high_per_second: simulated((run) => run.throughput_per_second_ci95?.[1]),
  latency_mean_seconds: simulated((run) => run.latency_seconds.mean),
  latency_mean_ci95_low_seconds: simulated((run) => run.latency_seconds.mean_ci95?.[0]),
  latency_mean_ci95_high_seconds: simulated((run) => run.latency_seconds.mean_ci95?.[1]),
  ...percentile("p50"),
  ...percentile("p90"),
  ...percentile("p95"),
  ...percentile("p99"),
  executions_arrived: simulated((run) => run.executions.arrived),
  executions_completed: simulated((run) => run.executions.completed),
  executions_failed: simulated((run) => run.executions.failed),
  executions_unfinished: simulated((run) => run.executions.unfinished),
  duration_seconds: simulated((run) => run.duration_seconds),
  calls: simulated((run) => run.calls),
  gpu_utilization_mean: simulated((run) => run.gpus.utilization_mean),
  gpu_seconds_per_execution: simulated((run) => run.gpus.gpu_seconds_per_execution),
  error_latency_mean: (run) => run.error?.latency_mean,
  error_throughput: (run) => run.error?.throughput,
};

/** The Arrow file of finished and failed points. */
export function pointsTable(results: readonly PointResult[]): Promise<Uint8Array> {
  const columns: Record<string, Column> = {};
  const names =
    (name: "workload" | "cluster" | "planner") =>
    ({ summary, options }: PointResult) =>
      summary?.[name] ?? optionText(options[name]);
  for (const name of ["workload", "cluster", "planner"] as const) {
    columns[name] = filled(new DictionaryColumn(), results, names(name));
  }
  columns.seed = filled(new Float64Column(), results, ({ options }) => Number(options.seed ?? 1));
  for (const name of OPTION_NAMES) {
    if (ALWAYS.has(name) || results.every(({ options }) => options[name] === undefined)) continue;
    const value = ({ options }: PointResult) => optionText(options[name]);
    columns[`option_${name}`] = filled(new DictionaryColumn(), results, value);
  }
  const whether = (isTrue: boolean | undefined) => (isTrue === undefined ? -1 : Number(isTrue));
  columns.feasible = filled(new Int32Column({ nullable: true }), results, ({ summary }) =>
    whether(summary?.plan.feasible),
  );
  columns.stable = filled(new Int32Column({ nullable: true }), results, ({ summary }) =>
    whether(summary?.simulated?.stable),
  );
  for (const [name, figure] of Object.entries(FIGURES)) {
    columns[name] = filled(new Float64Column({ nullable: true }), results, ({ summary }) =>
      summary === null ? Number.NaN : (figure(summary) ?? Number.NaN),
    );
  }
  columns.reason = filled(new TextColumn(), results, ({ summary }) => summary?.plan.reason ?? "");
  columns.error = filled(new TextColumn(), results, ({ error }) => error ?? "");
  return toArrowFile(columns);
}

/** A percentile of latency, with the ends of its interval. */
function percentile(name: "p50" | "p90" | "p95" | "p99"): Figures {
  return {
    [`latency_${name}_seconds`]: simulated((run) => run.latency_seconds[name]),
    [`latency_${name}_ci95_low_seconds`]: simulated((run) => {
      return run.latency_seconds[`${name}_ci95`]?.[0];
    }),
    [`latency_${name}_ci95_high_seconds`]: simulated((run) => {
      return run.latency_seconds[`${name}_ci95`]?.[1];
    }),
  };
}

function simulated(figure: (run: Simulated) => number | null | undefined) {
  return ({ simulated: run }: PointSummary) => (run === null ? null : figure(run));
}

function filled<Value, Filled extends Column & { append(value: Value): void }>(
  column: Filled,
  results: readonly PointResult[],
  value: (result: PointResult) => Value,
): Filled {
  for (const result of results) column.append(value(result));
  return column;
}

/** An option as text, empty where it is left out. */
function optionText(value: PointOptions[keyof PointOptions]): string {
  if (value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
