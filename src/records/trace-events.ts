/**
 * A run as Chrome trace events, the JSON that ui.perfetto.dev opens: a process a GPU with a track
 * a tenant, whose slices are the rows of `iterations`; executions and calls as asynchronous tracks;
 * queues, KV use and slowdowns as counters. Times are whole nanoseconds, rounded as instants, so
 * slices that follow one another never overlap. The text comes in parts and is never held whole.
 */

import type { ResultTable } from "./result-table.ts";

/** A run as its trace shows it. */
export interface TracedRun {
  readonly tables: Readonly<Record<"executions" | "calls" | "iterations" | "gpus", ResultTable>>;
  /** By replica, as the tables number them. */
  readonly replicas: readonly TracedReplica[];
  /** Names of all GPUs. */
  readonly gpus: readonly string[];
  /** When the run ended, in seconds: what did not end is shown up to it. */
  readonly end: number;
}

/** A replica and where it runs. */
export interface TracedReplica {
  readonly llm: string;
  readonly share: number;
  readonly gpus: readonly string[];
}

/** Name of the file in a results directory. */
export const TRACE_EVENTS_FILE = "trace.json";

/** The text of the trace, in parts of a line. */
export function* traceEventLines(run: TracedRun): Generator<string> {
  yield '{"displayTimeUnit":"ms","traceEvents":[\n';
  yield JSON.stringify(processName(workloadPid(run), "workload"));
  for (const events of [trackNames, iterationSlices, asyncTracks, queueCounters, kvCounters]) {
    for (const event of events(run)) yield `,\n${JSON.stringify(event)}`;
  }
  yield "\n]}\n";
}

/** One trace event; `ts` and `dur` in microseconds. */
type TraceEvent = Readonly<Record<string, unknown>>;

/** Process numbers start at 1: 0 means the idle process. */
const gpuPid = (index: number) => index + 1;
const replicaTid = (index: number) => index + 1;

/** The process that has what belongs to no GPU. */
const workloadPid = ({ gpus }: TracedRun) => gpuPid(gpus.length);

const toNanoseconds = (seconds: number) => Math.round(seconds * 1e9);
const microseconds = (nanoseconds: number) => nanoseconds / 1000;

function processName(pid: number, name: string): TraceEvent {
  return { ph: "M", name: "process_name", pid, tid: 0, args: { name } };
}

function* trackNames({ gpus, replicas }: TracedRun): Generator<TraceEvent> {
  for (const [index, name] of gpus.entries()) yield processName(gpuPid(index), name);
  for (const [replica, { llm, share, gpus: own }] of replicas.entries()) {
    const name = `${llm} (replica ${replica}, share ${share})`;
    for (const gpu of own) {
      const pid = gpuPid(gpus.indexOf(gpu));
      yield { ph: "M", name: "thread_name", pid, tid: replicaTid(replica), args: { name } };
    }
  }
}

/** A slice on each GPU of a replica, with its details on the first; slowdowns where they change. */
function* iterationSlices({ tables, gpus, replicas }: TracedRun): Generator<TraceEvent> {
  const table = tables.iterations;
  const phases = table.texts("phase");
  const [replicaOf, starts, ends] = ["replica", "start_seconds", "end_seconds"].map((name) =>
    table.numbers(name),
  ) as [Float64Array, Float64Array, Float64Array];
  const details = ["iterations", "batch", "prefill_tokens", "context_tokens", "slowdown"].map(
    (name) => ({ name, values: table.numbers(name) }),
  );
  const slowdowns = details.at(-1)!.values;
  const lastSlowdowns = new Map<number, number>();
  const pids = replicas.map((replica) => replica.gpus.map((gpu) => gpuPid(gpus.indexOf(gpu))));
  for (let row = 0; row < table.rowCount; row++) {
    const replica = replicaOf[row]!;
    const [start, end] = [toNanoseconds(starts[row]!), toNanoseconds(ends[row]!)];
    const [ts, dur] = [microseconds(start), microseconds(end - start)];
    const slice = { ph: "X", name: phases.values[phases.codes[row]!]!, ts, dur };
    const args = Object.fromEntries(details.map(({ name, values }) => [name, values[row]!]));
    for (const [rank, pid] of pids[replica]!.entries()) {
      yield { ...slice, pid, tid: replicaTid(replica), ...(rank === 0 ? { args } : {}) };
    }
    const slowdown = slowdowns[row]!;
    if (lastSlowdowns.get(replica) === slowdown) continue;
    lastSlowdowns.set(replica, slowdown);
    const name = `slowdown of replica ${replica}`;
    yield { ph: "C", name, ts, pid: pids[replica]![0]!, tid: 0, args: { slowdown } };
  }
}

/** An execution, or a call, from its begin to its end. */
function* asyncTracks(run: TracedRun): Generator<TraceEvent> {
  const { executions, calls } = run.tables;
  const pid = workloadPid(run);
  const workflows = executions.texts("workflow");
  yield* spans(executions, run.end, {
    pid,
    id: "execution",
    start: "arrival_seconds",
    nameOf: (row) => workflows.values[workflows.codes[row]!]!,
    details: [],
  });
  const [llms, roles] = [calls.texts("llm"), calls.texts("role")];
  yield* spans(calls, run.end, {
    pid,
    id: "call",
    start: "submit_seconds",
    nameOf: (row) => `${llms.values[llms.codes[row]!]!}: ${roles.values[roles.codes[row]!]!}`,
    details: ["execution", "replica", "prompt_tokens", "cached_tokens", "output_tokens"].concat([
      "start_seconds",
      "first_token_seconds",
    ]),
  });
}

/** Where the spans of a table are. */
interface SpanColumns {
  readonly pid: number;
  /** Column of their numbers, and their category. */
  readonly id: string;
  readonly start: string;
  readonly nameOf: (row: number) => string;
  readonly details: readonly string[];
}

function* spans(
  table: ResultTable,
  endOfRun: number,
  { pid, id, start, nameOf, details }: SpanColumns,
): Generator<TraceEvent> {
  const [ids, starts, ends] = [id, start, "end_seconds"].map((name) => table.numbers(name));
  const statuses = table.texts("status");
  const columns = details.map((name) => ({ name, values: table.numbers(name) }));
  for (let row = 0; row < table.rowCount; row++) {
    const [from, to] = [starts![row]!, ends![row]!];
    const common = { cat: id, id: String(ids![row]!), name: nameOf(row), pid, tid: 0 };
    const last = Number.isNaN(to) ? Math.max(from, endOfRun) : to;
    // JSON has no NaN: an absent value is null there too.
    const known = Object.fromEntries(columns.map(({ name, values }) => [name, values[row]!]));
    yield { ph: "b", ...common, ts: microseconds(toNanoseconds(from)), args: known };
    const status = statuses.values[statuses.codes[row]!]!;
    yield { ph: "e", ...common, ts: microseconds(toNanoseconds(last)), args: { status } };
  }
}

/** Calls of each LLM that were sent and have not started. */
function* queueCounters(run: TracedRun): Generator<TraceEvent> {
  const { calls } = run.tables;
  const llms = calls.texts("llm");
  const [submits, starts, ends] = ["submit_seconds", "start_seconds", "end_seconds"].map((name) =>
    calls.numbers(name),
  ) as [Float64Array, Float64Array, Float64Array];
  for (const [llm, name] of llms.values.entries()) {
    const changes = new Map<number, number>();
    const change = (seconds: number, by: number) => {
      const time = toNanoseconds(seconds);
      changes.set(time, (changes.get(time) ?? 0) + by);
    };
    llms.codes.forEach((code, row) => {
      if (code !== llm) return;
      const served = [starts[row]!, ends[row]!, run.end].find((time) => !Number.isNaN(time))!;
      change(submits[row]!, 1);
      change(served, -1);
    });
    let waiting = 0;
    for (const time of [...changes.keys()].sort((a, b) => a - b)) {
      waiting += changes.get(time)!;
      const ts = microseconds(time);
      const args = { calls: waiting };
      yield { ph: "C", name: `queue of ${name}`, ts, pid: workloadPid(run), tid: 0, args };
    }
  }
}

/** KV cache in use on each GPU, where it changes. */
function* kvCounters({ tables, gpus }: TracedRun): Generator<TraceEvent> {
  const table = tables.gpus;
  const names = table.texts("gpu");
  const [times, used] = [table.numbers("time_seconds"), table.numbers("kv_used_bytes")];
  const last = new Map<number, number>();
  for (let row = 0; row < table.rowCount; row++) {
    const code = names.codes[row]!;
    if (last.get(code) === used[row]) continue;
    last.set(code, used[row]!);
    const pid = gpuPid(gpus.indexOf(names.values[code]!));
    const ts = microseconds(toNanoseconds(times[row]!));
    yield { ph: "C", name: "KV cache", ts, pid, tid: 0, args: { bytes: used[row]! } };
  }
}
