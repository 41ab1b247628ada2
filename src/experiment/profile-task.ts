/**
 * One size of one LLM, profiled: a task for a thread of its own. Traces cross between threads as
 * bytes that all share, and a thread reads them once for all the sizes that it gets.
 */

import { deserialize, serialize } from "node:v8";
import type { Cluster } from "../hardware/cluster.ts";
import type { ReplicaGroup, SizeProfile } from "../llm/profile-table.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { profileCalls } from "./profiling.ts";
import { callsOfLlm, type RecordedCalls } from "./trace-replay.ts";

/** A size to profile. */
export interface ProfileTask {
  readonly traces: SharedTraces;
  readonly llms: readonly PlannedLlm[];
  readonly cluster: Cluster;
  readonly seed: number;
  readonly llm: number;
  readonly group: ReplicaGroup;
}

/** Traces as bytes; equal keys, equal traces. */
interface SharedTraces {
  readonly key: string;
  readonly bytes: SharedArrayBuffer;
}

/** Traces for the tasks of any thread. */
export function shareTraces(traces: readonly ExecutionTrace[], key: string): SharedTraces {
  const serialized = serialize(traces);
  const bytes = new SharedArrayBuffer(serialized.length);
  new Uint8Array(bytes).set(serialized);
  return { key, bytes };
}

/** What this thread read last, and the calls of its LLMs. */
let read:
  | {
      readonly key: string;
      readonly traces: readonly ExecutionTrace[];
      readonly calls: (readonly RecordedCalls[] | undefined)[];
    }
  | undefined;

/** Profiles it. */
export function profileTask(task: ProfileTask): SizeProfile {
  return profileCalls(recordedCalls(task), task.llms[task.llm]!, task);
}

function recordedCalls({ traces: { key, bytes }, llm }: ProfileTask): readonly RecordedCalls[] {
  if (read?.key !== key) read = { key, traces: deserialize(Buffer.from(bytes)), calls: [] };
  read.calls[llm] ??= callsOfLlm(read.traces, llm);
  return read.calls[llm];
}
