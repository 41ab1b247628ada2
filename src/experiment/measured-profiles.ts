/**
 * Profiles that were measured, made into what planners are told. What a user can hardly measure
 * follows from what is known besides:
 *
 *   KV cache of a replica   what its engine and its model's weights leave of its GPUs
 *   union of calls          latency · Σ unions / Σ durations, over the traced calls
 *
 * What replicas ask of their GPUs follows from nothing here: without it nobody is slowed down by
 * neighbours, and no waves are looked for.
 */

import type { MeasuredProfiles, MeasuredSize } from "../config/load-profiles.ts";
import type { Deployment } from "../deployment/plan.ts";
import { replicaGroups } from "../deployment/replica-groups.ts";
import { type Cluster, gpuTypes } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { isProfiled, type LlmProfile, type SizeProfile } from "../llm/profile-table.ts";
import { GRANULES_PER_GPU, tpDegrees } from "../planner/configurations.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import { meanOverCalls, type WorkflowDemand } from "../predictor/prediction.ts";
import { formatPercent } from "../units.ts";
import { kvTokensAlone } from "./profiling.ts";
import { holdsCall } from "./tracing.ts";

/** The profile of each LLM, what its file leaves out filled in. */
export function completeProfiles(
  { llms: measured }: MeasuredProfiles,
  served: {
    readonly llms: readonly PlannedLlm[];
    readonly cluster: Cluster;
    readonly workflows: readonly WorkflowDemand[];
  },
): LlmProfile[] {
  const { llms, cluster, workflows } = served;
  return llms.map((llm, index) => {
    const duration = meanOverCalls(workflows, index, (own) => own.callDuration);
    const union = meanOverCalls(workflows, index, (own) => own.callDuration / own.parallelism);
    const unionPart = duration > 0 ? union / duration : 1;
    const complete = (size: MeasuredSize): SizeProfile => ({
      ...size,
      kvTokens: size.kvTokens ?? kvTokensAlone(llm, size, cluster),
      points: size.points.map((point) => {
        const { firstToken, decode } = point;
        return { ...point, union: point.union ?? unionPart * (firstToken + decode) };
      }),
    });
    return { sizes: measured.get(llm.name)!.map(complete) };
  });
}

/** What planners and predictors go without, in words. */
export function gapsOf(
  { file, llms: measured }: MeasuredProfiles,
  llms: readonly PlannedLlm[],
  cluster: Cluster,
): string[] {
  const gaps = llms.flatMap((llm) => {
    const sizes = measured.get(llm.name)!;
    const missing = gpuTypes(cluster).flatMap((type) =>
      missingSizes(llm, type, { sizes, cluster }),
    );
    const what = `${file} has no rows of ${llm.name} ${missing.join(", nor ")}`;
    return missing.length === 0 ? [] : [`${what}: plans are made without such replicas`];
  });
  const [anySize] = [...measured.values()].flat();
  if (anySize?.points[0]?.use !== undefined) return gaps;
  const what = `${file} does not say what replicas ask of their GPUs`;
  return [...gaps, `${what}: predictions leave out interference and waves`];
}

/** Sizes that could be planned if they were known, by TP degree. */
function missingSizes(
  llm: PlannedLlm,
  type: GpuType,
  { sizes, cluster }: { readonly sizes: readonly MeasuredSize[]; readonly cluster: Cluster },
): string[] {
  const gpus = cluster.gpus.filter((gpu) => gpu.type === type);
  const degrees = tpDegrees(gpus).filter((tp) => holdsCall(type, llm, tp, 0));
  return degrees.flatMap((tp) => {
    const shares = Array.from({ length: GRANULES_PER_GPU }, (_, granule) => {
      return (granule + 1) / GRANULES_PER_GPU;
    });
    const unknown = shares.filter((share) => !isProfiled({ sizes }, { gpu: type.name, tp, share }));
    if (unknown.length === 0) return [];
    const parts = unknown.map((share) => formatPercent(share)).join(", ");
    const where = unknown.length === shares.length ? type.name : `${parts} of ${type.name}`;
    return [`at TP ${tp} on ${where}`];
  });
}

/** The first replicas of a plan of which nothing is known, in words; undefined for none. */
export function unknownReplicas(
  { file, llms: measured }: MeasuredProfiles,
  deployment: Deployment,
): string | undefined {
  for (const [llm, groups] of replicaGroups(deployment).entries()) {
    const { name } = deployment.llms[llm]!;
    const sizes = measured.get(name) ?? [];
    const unknown = groups.find((group) => !isProfiled({ sizes }, group));
    if (unknown === undefined) continue;
    const { gpu, tp, share } = unknown;
    return `${file} has no rows of ${name} at TP ${tp} on ${formatPercent(share)} of ${gpu}`;
  }
  return undefined;
}
