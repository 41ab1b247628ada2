/**
 * One size of one LLM, profiled: a task for a thread of its own. A thread traces the workload once
 * for all the sizes that it gets.
 */

import type { ReplicaGroup, SizeProfile } from "../llm/profile-table.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { profileSize } from "./profiling.ts";
import { type TracingSetup, traceWorkflow } from "./tracing.ts";

/** A size to profile. */
export interface ProfileTask {
  readonly setup: TracingSetup;
  /** Names the setup: equal keys, equal traces. */
  readonly key: string;
  readonly llm: number;
  readonly group: ReplicaGroup;
}

let traced: { readonly key: string; readonly traces: readonly ExecutionTrace[] } | undefined;

/** Profiles it. */
export function profileTask({ setup, key, llm, group }: ProfileTask): SizeProfile {
  if (traced?.key !== key) {
    const outcome = traceWorkflow(setup);
    traced = { key, traces: "traces" in outcome ? outcome.traces : [] };
  }
  return profileSize({ ...setup, traces: traced.traces }, llm, group);
}
