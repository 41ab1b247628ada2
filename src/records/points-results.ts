/**
 * The table of a sweep as it is read: a row a point, with the options that the sweep gave it and
 * what came of it.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBytes } from "./read-document.ts";
import { ResultTable } from "./result-table.ts";

const POINTS_FILE = "points.arrow";

/** Options are columns of this name and theirs. */
const OPTION = "option_";

/** A point; numbers are null where there is none. */
export interface PointRow {
  readonly workload: string;
  readonly cluster: string;
  readonly planner: string;
  readonly seed: number;
  /** Other options that the sweep gives to any point, as text; empty where not to this one. */
  readonly options: Readonly<Record<string, string>>;
  readonly outcome: "stable" | "not stable" | "infeasible" | "failed";
  /** Why there is no result; empty where there is one. */
  readonly reason: string;
  /** Executions per second, as are throughputs. */
  readonly rate: number | null;
  readonly throughput: number | null;
  readonly gpusUsed: number | null;
  /** Part of the SMs at work. */
  readonly busy: number | null;
  /** Seconds. */
  readonly predictedLatency: number | null;
  readonly latency: number | null;
  readonly latencyInterval: readonly [number, number] | null;
  readonly latencyP95: number | null;
  /** (predicted − simulated) / simulated. */
  readonly latencyError: number | null;
}

/** Whether a directory has the table of a sweep. */
export function hasPoints(directory: string): boolean {
  return existsSync(join(directory, POINTS_FILE));
}

/** Reads the table of a sweep. */
export function readPoints(directory: string): PointRow[] {
  const path = join(directory, POINTS_FILE);
  const table = new ResultTable(readBytes(path), path);
  const numbers = (name: string) => {
    const values = table.numbers(name);
    return (row: number) => (Number.isNaN(values[row]) ? null : values[row]!);
  };
  const names = (name: string) => {
    const { values, codes } = table.texts(name);
    return (row: number) => values[codes[row]!]!;
  };
  const [workload, cluster, planner] = ["workload", "cluster", "planner"].map(names);
  const options = table.columnNames
    .filter((name) => name.startsWith(OPTION))
    .map((name) => [name.slice(OPTION.length), names(name)] as const);
  const [feasible, stable] = ["feasible", "stable"].map(numbers);
  const [low, high] = ["low", "high"].map((end) => numbers(`latency_mean_ci95_${end}_seconds`));
  const [reasons, errors] = ["reason", "error"].map((name) => table.strings(name));
  const figures = {
    rate: numbers("rate_per_second"),
    throughput: numbers("throughput_per_second"),
    gpusUsed: numbers("gpus_used"),
    busy: numbers("gpu_utilization_mean"),
    predictedLatency: numbers("predicted_latency_mean_seconds"),
    latency: numbers("latency_mean_seconds"),
    latencyP95: numbers("latency_p95_seconds"),
    latencyError: numbers("error_latency_mean"),
  };
  const seeds = table.numbers("seed");
  return Array.from({ length: table.rowCount }, (_, row) => {
    const [from, to] = [low!(row), high!(row)];
    return {
      workload: workload!(row),
      cluster: cluster!(row),
      planner: planner!(row),
      seed: seeds[row]!,
      options: Object.fromEntries(options.map(([name, textOf]) => [name, textOf(row)])),
      outcome: outcomeOf(feasible!(row), stable!(row)),
      reason: errors![row]! || reasons![row]!,
      ...(Object.fromEntries(
        Object.entries(figures).map(([name, figureOf]) => [name, figureOf(row)]),
      ) as Record<keyof typeof figures, number | null>),
      latencyInterval: from === null || to === null ? null : [from, to],
    };
  });
}

function outcomeOf(feasible: number | null, stable: number | null): PointRow["outcome"] {
  if (feasible === null) return "failed";
  if (feasible === 0) return "infeasible";
  return stable === 1 ? "stable" : "not stable";
}
