/**
 * What is known of a workload before it is planned: traces of it at low load, their statistics,
 * and a profile of each of its LLMs.
 */

import type { MeasuredProfiles } from "../config/load-profiles.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { LlmProfile, SizeProfile } from "../llm/profile-table.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import { type PredictionProblem, tracedWorkflow } from "../predictor/prediction.ts";
import { type Program, workflowsOf } from "../workflow/mix.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { completeProfiles } from "./measured-profiles.ts";
import { cachedProfiles, cacheProfiles, profileKey } from "./profile-cache.ts";
import { profiledSizes } from "./profiling.ts";
import { type TracingSetup, traceWorkflow } from "./tracing.ts";
import { createPool } from "./workers.ts";

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
  const tracing = traceWorkflow(setup);
  if ("infeasible" in tracing) return tracing;
  const { traces } = tracing;
  const ofWorkflows = workflowsOf(workflow).map(({ name, part }, index) => {
    return { name, rate: part, traces: traces.filter((trace) => trace.workflow === index) };
  });
  const failing = ofWorkflows.find((traced) => traced.traces.length === 0);
  if (failing !== undefined) {
    const why = "every one has a call beyond the context limit of its model";
    return { infeasible: `no execution of ${failing.name} completes: ${why}` };
  }
  const workflows = ofWorkflows.map(({ traces: own, ...traced }) => {
    return { ...traced, ...tracedWorkflow(own, llms.length) };
  });
  const profiles =
    measured === undefined
      ? await profileAll(setup, { key: profilesKey, traces }, (done) => onProgress(done, "profile"))
      : completeProfiles(measured, { llms, cluster, workflows });
  prepared = { key, problem: { profiles, workflows } };
  return prepared.problem;
}

/** The profiles of all LLMs, kept from an earlier run or made on all cores. */
async function profileAll(
  setup: TracingSetup,
  { key, traces }: { readonly key: string; readonly traces: readonly ExecutionTrace[] },
  onDone: (done: number) => void,
): Promise<readonly LlmProfile[]> {
  const cached = cachedProfiles(key);
  if (cached !== undefined) return cached;
  const tasks = setup.llms.flatMap((_, llm) =>
    profiledSizes({ ...setup, traces }, llm).map((group) => ({ setup, key, llm, group })),
  );
  onDone(0);
  const pool = await createPool();
  let done = 0;
  // The longest first, so that no thread waits for one at the end.
  const order = [...tasks.keys()].sort(
    (a, b) => tasks[b]!.group.replicas - tasks[a]!.group.replicas,
  );
  const sizes: SizeProfile[] = [];
  await Promise.all(
    order.map(async (index) => {
      sizes[index] = await pool.run("profile", tasks[index]!);
      onDone(++done / tasks.length);
    }),
  );
  await pool.close();
  const profiles = setup.llms.map((_, llm) => {
    return { sizes: sizes.filter((_size, index) => tasks[index]!.llm === llm) };
  });
  cacheProfiles(key, profiles);
  return profiles;
}
