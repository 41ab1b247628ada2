/**
 * Where the results of a run go, and the writing of them.
 */

import { createHash } from "node:crypto";
import type { LoadedFile } from "../config/input-file.ts";
import type { Evaluation } from "../experiment/evaluation.ts";
import { type FinishedRun, resultFiles } from "../experiment/result-files.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { Manifest } from "../records/manifest.ts";
import { type FileContent, writeResults } from "../records/results-directory.ts";
import type { TracedReplica } from "../records/trace-events.ts";
import { VERSION } from "./version.ts";

/** What a results directory says of its origin besides the run itself. */
export interface RunOrigin {
  readonly cluster: Cluster;
  /** The plan as YAML; undefined for an infeasible one. */
  readonly planText: string | undefined;
  readonly inputs: ReadonlyMap<string, LoadedFile>;
  readonly seed: number;
  /** Seconds by stage. */
  readonly wallTimes: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  /** Whether the run is also written as trace events. */
  readonly hasTraceEvents: boolean;
}

/** Options of commands that simulate and write a results directory, as commander gives them. */
export interface SimulationOptions {
  readonly warmup: string;
  readonly out?: string;
  readonly sample: string;
  readonly stepwise?: boolean;
  readonly traceEvents?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options that decide nothing about a result. */
const UNDECIDING: ReadonlySet<string> = new Set([
  "out",
  "json",
  "quiet",
  "saveTrace",
  "traceEvents",
  "watch",
  "workers",
]);

/** Named by what is run, and by a hash of everything that decides the result. */
export function defaultDirectory(
  names: readonly string[],
  options: object,
  inputs: ReadonlyMap<string, LoadedFile>,
): string {
  const deciding = Object.entries(options).filter(([name]) => !UNDECIDING.has(name));
  const hash = createHash("sha256").update(JSON.stringify(Object.fromEntries(deciding)));
  for (const { sha256 } of inputs.values()) hash.update(sha256);
  const name = names.join("-").replace(/[^\w.-]+/g, "_");
  return `results/${name}-${hash.digest("hex").slice(0, 8)}`;
}

/** What a manifest says besides the program and its command. */
export interface ManifestOrigin extends Pick<RunOrigin, "inputs" | "wallTimes" | "startedAt"> {
  /** Master seed of each replication. */
  readonly seeds: readonly number[];
}

/** The manifest of this process's command. */
export function manifestOf({ inputs, seeds, wallTimes, startedAt }: ManifestOrigin): Manifest {
  const hashes = [...inputs].map(([name, { sha256 }]) => [name, sha256] as const);
  return {
    version: VERSION,
    command: process.argv.slice(2),
    seeds,
    inputHashes: Object.fromEntries(hashes),
    wallTimes,
    startedAt: startedAt.toISOString(),
    nodeVersion: process.version,
  };
}

/** Writes a results directory. */
export async function writeRun(
  directory: string,
  run: FinishedRun,
  origin: RunOrigin,
): Promise<void> {
  const { cluster, planText, seed } = origin;
  const replications = run.summary.simulated?.replications ?? 1;
  const seeds = Array.from({ length: replications }, (_, index) => seed + index);
  const manifest = manifestOf({ ...origin, seeds });
  const files = await resultFiles(run, cluster, { manifest, planText });
  const { evaluation } = run;
  if (!origin.hasTraceEvents || evaluation === undefined) {
    writeResults(directory, files);
    return;
  }
  const { ResultTable } = await import("../records/result-table.ts");
  const { TRACE_EVENTS_FILE, traceEventLines } = await import("../records/trace-events.ts");
  const table = (name: keyof Evaluation["tables"]) =>
    new ResultTable(Buffer.concat(files.get(`${name}.arrow`) as Uint8Array[]), `${name}.arrow`);
  const trace = traceEventLines({
    tables: {
      executions: table("executions"),
      calls: table("calls"),
      iterations: table("iterations"),
      gpus: table("gpus"),
    },
    replicas: tracedReplicas(evaluation, Object.keys(run.summary.plan.llms)),
    gpus: cluster.gpus.map(({ id }) => id),
    end: evaluation.endTime,
  });
  writeResults(directory, new Map<string, FileContent>([...files, [TRACE_EVENTS_FILE, trace]]));
}

/** The plan's replicas, and those that a controller added. */
function tracedReplicas({ replicas }: Evaluation, llms: readonly string[]): TracedReplica[] {
  return replicas.map(({ llm, instance: { share, gpus } }) => {
    return { llm: llms[llm]!, share, gpus: gpus.map(({ id }) => id) };
  });
}
