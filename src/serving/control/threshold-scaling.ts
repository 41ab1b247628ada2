/**
 * Scaling by thresholds, as a horizontal autoscaler: where the mean number of calls on the
 * replicas of an LLM is above one threshold it gets another replica like its first one, on free
 * GPUs; below the other its last replica is drained. One change per LLM and interval.
 */

import type { Instance, ThresholdScaling } from "../../deployment/plan.ts";
import type { Gpu } from "../../hardware/cluster.ts";
import type { Controller, ControlView, PlanChange } from "./controller.ts";

/** The controller of a plan with these thresholds. */
export function createThresholdScaling(thresholds: ThresholdScaling): Controller {
  const decide = (view: ControlView) =>
    view.deployment.llms.flatMap((_, llm) => changeOf(view, llm, thresholds) ?? []);
  return { interval: thresholds.interval, decide };
}

function changeOf(
  view: ControlView,
  llm: number,
  { scaleUpAbove, scaleDownBelow, minReplicas, maxReplicas }: ThresholdScaling,
): PlanChange | undefined {
  const ofLlm = view.replicas.filter((replica) => replica.llm === llm);
  const serving = ofLlm.filter(({ state }) => state === "serving");
  const coming = ofLlm.filter(({ state }) => state === "loading");
  const count = serving.length + coming.length;
  let calls = view.stranded[llm]!;
  for (const { requestCount } of serving) calls += requestCount;
  const callsPerReplica = calls / count;
  if (count < minReplicas || (callsPerReplica > scaleUpAbove && count < maxReplicas)) {
    const instance = freeInstance(view, view.deployment.llms[llm]!.instances[0]!);
    return instance === undefined ? undefined : { kind: "load", llm, instance };
  }
  const last = serving.at(-1);
  if (last === undefined || coming.length > 0 || count <= minReplicas) return undefined;
  return callsPerReplica < scaleDownBelow ? { kind: "drain", replica: last.index } : undefined;
}

/** An instance like `model` on the first GPUs of one fast domain that have its share free. */
function freeInstance(
  { deployment, freeShare }: ControlView,
  model: Instance,
): Instance | undefined {
  const { gpus, share } = model;
  const free = deployment.cluster.gpus.filter(({ index }) => freeShare[index]! >= share);
  for (const { node, domain } of free) {
    const isBeside = (gpu: Gpu) => gpu.node === node && gpu.domain === domain;
    const beside = free.filter(isBeside).slice(0, gpus.length);
    if (beside.length === gpus.length) return { ...model, gpus: beside };
  }
  return undefined;
}
