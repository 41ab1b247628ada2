/**
 * What is known of a workload before it is planned: traces of it at low load, their statistics,
 * and a profile of each of its LLMs.
 */

import type { MeasuredProfiles } from "../config/load-profiles.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import { type PredictionProblem, tracedWorkflow } from "../predictor/prediction.ts";
import { type Program, workflowsOf } from "../workflow/mix.ts";
import { completeProfiles } from "./measured-profiles.ts";
import { profileKey } from "./profile-cache.ts";
import { createProfiler } from "./profiler.ts";
import { type TracingSetup, traceWorkflow } from "./tracing.ts";

/** A workload on a cluster, to be planned and judged. */
export interface Workload {
  readonly workflow: Program;
  /** Its LLMs, in the workflow's order. */
  readonly llms: readonly PlannedLlm[];
  readonly cluster: Cluster;
  readonly seed: number;
  /** Of each of its LLMs, instead of simulated ones. */
  readonly profiles?: MeasuredProfiles;
}

/** What was prepared last: the points of a sweep differ mostly in rate and planner. */
let prepared: { readonly key: string; readonly problem: PredictionProblem } | undefined;

/**
 * Traces a workload, and profiles it unless it brings its profiles; `onProgress` gets the part
 * done, 0 to 1. The answer is what a planner is told, at one execution per second in all; or a
 * reason where an LLM does not fit the cluster's GPUs at all, or nothing of a workflow ever
 * completes.
 */
export async function prepare(
  workload: Workload,
  onProgress: (done: number, stage: string) => void,
): Promise<PredictionProblem | { readonly infeasible: string }> {
  const { llms, cluster, seed, workflow, profiles: measured } = workload;
  onProgress(0, "trace");
  const setup = { workflow, seed, llms, cluster };
  const profilesKey = profileKey(setup);
  const key = `${profilesKey} ${measured?.sha256}`;
  if (prepared?.key === key) return prepared.problem;
  const profiler = measured === undefined ? await createProfiler(setup, profilesKey) : undefined;
  try {
    const tracing = traceAll(setup);
    if ("infeasible" in tracing) return tracing;
    const { traces, workflows } = tracing;
    const profiles =
      measured === undefined
        ? await profiler!.profile(traces, (done) => onProgress(done, "profile"))
        : completeProfiles(measured, { llms, cluster, workflows });
    prepared = { key, problem: { profiles, workflows } };
    return prepared.problem;
  } finally {
    await profiler?.close();
  }
}

/** Traces, and their statistics by workflow. */
function traceAll(setup: TracingSetup) {
  const tracing = traceWorkflow(setup);
  if ("infeasible" in tracing) return tracing;
  const { traces } = tracing;
  const ofWorkflows = workflowsOf(setup.workflow).map(({ name, part }, index) => {
    return { name, rate: part, traces: traces.filter((trace) => trace.workflow === index) };
  });
  const failing = ofWorkflows.find((traced) => traced.traces.length === 0);
  if (failing !== undefined) {
    const why = "every one has a call beyond the context limit of its model";
    return { infeasible: `no execution of ${failing.name} completes: ${why}` };
  }
  const workflows = ofWorkflows.map(({ traces: own, ...traced }) => {
    return { ...traced, ...tracedWorkflow(own, setup.llms.length) };
  });
  return { traces, workflows };
}
