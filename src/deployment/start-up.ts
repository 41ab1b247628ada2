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

/** What is moved when a model takes over GPUs from another. */
export interface ModelSwitch {
  /** Seconds in which its weights were read ahead. */
  readonly readAhead: number;
  /** Bytes of KV cache per GPU that come in with it, and that go out. */
  readonly kvIn: number;
  readonly kvOut: number;
}

/**
 * Seconds until a model serves that takes its turn: the weights that were not read ahead and its KV
 * cache come over PCIe, while the other's KV cache goes the other way.
 */
export function switchTime(
  { model }: Pick<Served, "model">,
  { gpus }: Instance,
  { readAhead, kvIn, kvOut }: ModelSwitch,
): number {
  const slowest = Math.min(...gpus.map(({ type }) => type.hostBandwidth));
  const weights = Math.max(0, weightBytes(model, gpus.length) - readAhead * slowest);
  return Math.max(weights + kvIn, kvOut) / slowest;
}
