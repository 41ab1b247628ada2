/**
 * One size of one LLM, saturated or profiled: a task for a thread of its own. A thread traces the
 * workload once for all the sizes that it gets.
 */

import type { ReplicaGroup, SizeProfile } from "../llm/profile-table.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { profileCalls, type Saturation, saturate } from "./profiling.ts";
import { callsOfLlm, type RecordedCalls } from "./trace-replay.ts";
import { type TracingSetup, traceWorkflow } from "./tracing.ts";

/** A size of an LLM's replicas. */
export interface ProfileTask {
  readonly setup: TracingSetup;
  /** Names the setup: equal keys, equal traces. */
  readonly key: string;
  readonly llm: number;
  readonly group: ReplicaGroup;
  /** Of one replica on whole GPUs, if that is known. */
  readonly saturationOfOne?: Saturation | undefined;
}

/** What this thread traced last, and the calls of its LLMs. */
let traced:
  | {
      readonly key: string;
      readonly traces: readonly ExecutionTrace[];
      readonly calls: (readonly RecordedCalls[] | undefined)[];
    }
  | undefined;

/** Finds what saturates it. */
export function saturateTask(task: ProfileTask): Saturation {
  return saturate(recordedCalls(task), task.setup.llms[task.llm]!, { ...task.setup, ...task });
}

/** Profiles it. */
export function profileTask(task: ProfileTask): SizeProfile {
  return profileCalls(recordedCalls(task), task.setup.llms[task.llm]!, { ...task.setup, ...task });
}

function recordedCalls({ setup, key, llm }: ProfileTask): readonly RecordedCalls[] {
  if (traced?.key !== key) {
    const outcome = traceWorkflow(setup);
    traced = { key, traces: "traces" in outcome ? outcome.traces : [], calls: [] };
  }
  traced.calls[llm] ??= callsOfLlm(traced.traces, llm);
  return traced.calls[llm];
}
