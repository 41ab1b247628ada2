/**
 * A results directory in memory, arranged for the questions of the page. It is read once, at the
 * start: what is wrong with it is said there, and the page never sees a file.
 */

import { basename, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { ReplicasDocument } from "../records/result-documents.ts";
import type { ResultTable } from "../records/result-table.ts";
import { ResultsReader, type TableName } from "../records/results-reader.ts";
import type { Samples } from "./binned.ts";
import { type Calls, type Executions, readCalls, readExecutions } from "./executions.ts";
import { PhasePyramid } from "./phase-pyramid.ts";
import type { RunDocument, ServedGpu, ServedReplica } from "./run-document.ts";
import { damaged, permuted, readSegments, rowsByNumber, type Segments } from "./segments.ts";

/** A run as it is served. */
export interface ServedRun {
  readonly document: RunDocument;
  readonly executions: Executions;
  readonly calls: Calls;
  readonly segments: Segments;
  readonly pyramid: PhasePyramid;
  /** By GPU. */
  readonly samples: readonly Samples[];
}

/** Reads a results directory; throws a UserError that says what is missing or wrong. */
export function openRun(directory: string): ServedRun {
  const reader = new ResultsReader(directory);
  const { summary, cluster, replicas } = reader;
  if (summary.simulated === null) {
    throw new UserError(`"${directory}" has nothing to view: nothing was simulated`, {
      hint: summary.plan.reason ?? "name the directory of a feasible plan",
    });
  }
  const llms = Object.entries(summary.plan.llms).map(([name, { model }]) => ({ name, model }));
  const segments = readSegments(need(reader, "iterations"), replicas.length);
  const executions = readExecutions(need(reader, "executions"));
  const calls = readCalls(need(reader, "calls"), executions);
  const gpuNames = cluster.gpus.map(({ id }) => id);
  const samples = readSamples(need(reader, "gpus"), gpuNames);
  const end = endOf([segments.end, executions.end, calls.numbers.end_seconds]);
  const pyramid = new PhasePyramid(segments, end);
  const { latency_seconds: latency, gpus } = summary.simulated;
  const document: RunDocument = {
    name: basename(resolve(directory)),
    workload: summary.workload,
    cluster: summary.cluster,
    planner: summary.planner,
    seed: summary.seed,
    rate: summary.rate_per_second,
    isStable: summary.simulated.stable,
    warmup: summary.simulated.warmup_seconds,
    end,
    latency: { mean: latency.mean, p50: latency.p50, p95: latency.p95, p99: latency.p99 },
    throughput: summary.simulated.throughput_per_second,
    utilization: gpus.utilization_mean,
    llms,
    gpus: cluster.gpus.map((gpu, index) => ({ ...gpuOf(gpu), ...summaryOf(samples[index]!) })),
    replicas: replicas.map((replica, index) => ({
      ...replicaOf(
        replica,
        llms.map(({ name }) => name),
        gpuNames,
      ),
      ...workOf(segments, index),
    })),
    counts: {
      executions: executions.execution.length,
      calls: calls.table.rowCount,
      segments: segments.start.length,
    },
    detail: pyramid.detail,
  };
  return { document, executions, calls, segments, pyramid, samples };
}

function need(reader: ResultsReader, name: TableName): ResultTable {
  const table = reader.table(name);
  if (table !== undefined) return table;
  throw damaged(`the results have no ${name}.arrow`);
}

function readSamples(table: ResultTable, gpus: readonly string[]): Samples[] {
  const { values, codes } = table.texts("gpu");
  const positions = values.map((name) => known(name, gpus, "gpus.arrow"));
  const gpuOfRow = codes.map((code) => positions[code]!);
  const { order, first } = rowsByNumber(gpuOfRow, gpus.length, "gpus.arrow: GPU");
  const [time, busy, kv] = ["time_seconds", "busy", "kv_used_bytes"].map((name) =>
    permuted(table.numbers(name), order, Float64Array),
  ) as [Float64Array, Float64Array, Float64Array];
  return gpus.map((_, gpu) => {
    const range = [first[gpu]!, first[gpu + 1]!] as const;
    return {
      time: time.subarray(...range),
      busy: busy.subarray(...range),
      kv: kv.subarray(...range),
    };
  });
}

function gpuOf(gpu: { id: string; node: string; type: string; memory_bytes: number }) {
  return { id: gpu.id, node: gpu.node, type: gpu.type, memory: gpu.memory_bytes };
}

function summaryOf({ busy, kv }: Samples): Pick<ServedGpu, "busyMean" | "kvMost"> {
  if (busy.length === 0) return { busyMean: null, kvMost: null };
  return {
    busyMean: busy.reduce((sum, value) => sum + value, 0) / busy.length,
    kvMost: kv.reduce((most, value) => Math.max(most, value), 0),
  };
}

function replicaOf(
  replica: ReplicasDocument[number],
  llms: readonly string[],
  gpus: readonly string[],
): Omit<ServedReplica, "busy" | "slowdownMean"> {
  return {
    llm: known(replica.llm, llms, "replicas.json"),
    share: replica.share,
    gpus: replica.gpus.map((name) => known(name, gpus, "replicas.json")),
    memory: replica.memory_bytes,
    joined: replica.joined_seconds,
    left: replica.left_seconds,
  };
}

function known(name: string, names: readonly string[], file: string): number {
  const position = names.indexOf(name);
  if (position !== -1) return position;
  throw damaged(`${file} names "${name}", which the plan and the cluster have not`);
}

function workOf(
  { first, start, end, slowdown }: Segments,
  replica: number,
): Pick<ServedReplica, "busy" | "slowdownMean"> {
  let busy = 0;
  let weighted = 0;
  for (let row = first[replica]!; row < first[replica + 1]!; row++) {
    const time = end[row]! - start[row]!;
    busy += time;
    weighted += time * slowdown[row]!;
  }
  return { busy, slowdownMean: busy > 0 ? weighted / busy : null };
}

/** The largest of all instants that were reached. */
function endOf(columns: readonly Float64Array[]): number {
  let last = 0;
  for (const column of columns) for (const time of column) if (time > last) last = time;
  return last;
}
