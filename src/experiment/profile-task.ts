/**
 * One size of one LLM, profiled: a task for a thread of its own. A thread traces the workload once
 * for all the sizes that it gets.
 */

import type { ReplicaGroup, SizeProfile } from "../llm/profile-table.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { profileCalls } from "./profiling.ts";
import { callsOfLlm, type RecordedCalls } from "./trace-replay.ts";
import { type TracingSetup, traceWorkflow } from "./tracing.ts";

/** A size to profile. */
export interface ProfileTask {
  readonly setup: TracingSetup;
  /** Names the setup: equal keys, equal traces. */
  readonly key: string;
  readonly llm: number;
  readonly group: ReplicaGroup;
}

/** What this thread traced last, and the calls of its LLMs. */
let traced:
  | {
      readonly key: string;
      readonly traces: readonly ExecutionTrace[];
      readonly calls: (readonly RecordedCalls[] | undefined)[];
    }
  | undefined;

/** Profiles it. */
export function profileTask({ setup, key, llm, group }: ProfileTask): SizeProfile {
  if (traced?.key !== key) {
    const outcome = traceWorkflow(setup);
    traced = { key, traces: "traces" in outcome ? outcome.traces : [], calls: [] };
  }
  traced.calls[llm] ??= callsOfLlm(traced.traces, llm);
  return profileCalls(traced.calls[llm], setup.llms[llm]!, { ...setup, group });
}
