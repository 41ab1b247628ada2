/**
 * How long a replica takes to be ready that is started while the cluster runs. MODEL.md has the
 * sources of the engine's and GPU's figures.
 */

import { weightBytes } from "../llm/model.ts";
import type { DeployedLlm, Instance } from "./plan.ts";

type Served = Pick<DeployedLlm, "model" | "engine">;

/** Seconds until a new process serves: its start, and reading all its weights. */
export function coldStartTime({ model, engine }: Served, { gpus }: Instance): number {
  const tp = gpus.length;
  return engine.startTime + (tp * weightBytes(model, tp)) / engine.weightReadRate;
}

/** Seconds until a process that sleeps with its weights in host memory serves again. */
export function wakeTime({ model }: Pick<Served, "model">, { gpus }: Instance): number {
  const slowest = Math.min(...gpus.map(({ type }) => type.hostBandwidth));
  return weightBytes(model, gpus.length) / slowest;
}
