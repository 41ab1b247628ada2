/**
 * What is known of a workload before it is planned: traces of it at low load, their statistics,
 * and a profile of each of its LLMs.
 */

import { UserError } from "../errors.ts";
import type { Cluster } from "../hardware/cluster.ts";
import { gpuTypes } from "../hardware/cluster.ts";
import type { LlmProfile } from "../llm/profile-table.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import { traceStatistics, type WorkflowStatistics } from "../predictor/trace-statistics.ts";
import type { Workflow } from "../workflow/program.ts";
import { profileLlm } from "./profiling.ts";
import { traceWorkflow } from "./tracing.ts";

/** A workload on a cluster, to be planned and judged. */
export interface Workload {
  readonly workflow: Workflow;
  /** Its LLMs, in the workflow's order. */
  readonly llms: readonly PlannedLlm[];
  readonly cluster: Cluster;
  readonly seed: number;
}

/** What a planner is told of a workload. */
export interface Preparation {
  readonly statistics: WorkflowStatistics;
  readonly profiles: readonly LlmProfile[];
}

/**
 * Traces and profiles a workload; `onProgress` gets the part done, 0 to 1. The answer is a reason
 * where an LLM does not fit the cluster's GPUs at all, or nothing ever completes.
 */
export function prepare(
  workload: Workload,
  onProgress: (done: number, stage: string) => void,
): Preparation | { readonly infeasible: string } {
  const { llms, cluster, seed, workflow } = workload;
  const types = gpuTypes(cluster);
  if (types.length > 1) {
    throw new UserError(
      `${cluster.name} mixes ${types.map(({ name }) => name).join(" and ")} GPUs`,
      { hint: "profiles are of one GPU type so far: use a cluster of one type" },
    );
  }
  onProgress(0, "trace");
  const tracing = traceWorkflow({ workflow, seed, llms, cluster });
  if ("infeasible" in tracing) return tracing;
  const { traces } = tracing;
  if (traces.length === 0) {
    const why = "every one has a call beyond the context limit of its model";
    return { infeasible: `no execution of ${workflow.name} completes: ${why}` };
  }
  const profiles = llms.map((llm, index) => {
    onProgress((index + 1) / (llms.length + 1), `profile ${llm.name}`);
    return profileLlm({ traces, llms, cluster, seed }, index);
  });
  onProgress(1, "profile");
  return { statistics: traceStatistics(traces, llms.length), profiles };
}
