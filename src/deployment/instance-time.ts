/** The cost model of an instance where a plan puts it. */

import { type Cluster, spannedLevel } from "../hardware/cluster.ts";
import { createIterationTime, type IterationTime } from "../llm/iteration-time.ts";
import type { DeployedLlm, Instance } from "./plan.ts";

/** Iteration times of an instance of an LLM on `share` of the SMs of its GPUs. */
export function instanceTime(
  { model, engine }: Pick<DeployedLlm, "model" | "engine">,
  { gpus, share }: Instance,
  cluster: Cluster,
): IterationTime {
  const level = spannedLevel(gpus);
  const hardware = { gpu: gpus[0]!.type, cluster, tp: gpus.length, level, share };
  return createIterationTime(model, engine, hardware);
}
