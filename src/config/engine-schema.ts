/**
 * The schema of a serving engine's parameters: an engine file (clusters/engines), and the ones
 * that a plan overrides for an LLM.
 */

import { z } from "zod";
import type { Engine } from "../llm/engine.ts";
import { quantity, writeQuantity } from "./quantity.ts";

/** Each parameter by the name it has in files. */
export const engineParameters = {
  max_num_seqs: z.int().min(1),
  max_num_batched_tokens: z.int().min(1),
  block_size: z.int().min(1),
  memory_utilization: z.number().positive().max(1),
  prefix_cache: z.boolean(),
  host_per_iteration: quantity("duration"),
  host_per_sequence: quantity("duration"),
  decode_batch_sizes: z
    .array(z.int().min(1))
    .refine((sizes) => sizes.every((size, index) => index === 0 || size > sizes[index - 1]!), {
      error: "expected increasing batch sizes",
    }),
};

/** An engine file; the engine's name is the file's. */
export const engineSchema = z.strictObject(engineParameters);

/** Parameters as files name them, in base units. */
type EngineParameters = z.infer<typeof engineSchema>;

/** Some of the parameters; undefined where a file says nothing. */
type EngineOverrides = {
  readonly [K in keyof EngineParameters]?: EngineParameters[K] | undefined;
};

/** The engine `name` with these parameters. */
export function createEngine(name: string, parameters: EngineParameters): Engine {
  return {
    name,
    maxNumSeqs: parameters.max_num_seqs,
    maxNumBatchedTokens: parameters.max_num_batched_tokens,
    blockSize: parameters.block_size,
    memoryUtilization: parameters.memory_utilization,
    hasPrefixCache: parameters.prefix_cache,
    hostPerIteration: parameters.host_per_iteration,
    hostPerSequence: parameters.host_per_sequence,
    decodeBatchSizes: parameters.decode_batch_sizes,
  };
}

/** `engine` with some parameters replaced. */
export function overrideEngine(engine: Engine, overrides: EngineOverrides): Engine {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const merged: EngineParameters = { ...engineToParameters(engine), ...Object.fromEntries(given) };
  return createEngine(engine.name, merged);
}

/** What a plan file must say for `engine` where `base` is the engine it names. */
export function writeOverrides(engine: Engine, base: Engine): Record<string, unknown> {
  const parameters = engineToParameters(engine);
  const defaults = engineToParameters(base);
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parameters)) {
    const before = defaults[key as keyof EngineParameters];
    if (JSON.stringify(value) === JSON.stringify(before)) continue;
    const isDuration = key === "host_per_iteration" || key === "host_per_sequence";
    written[key] = isDuration ? writeQuantity("duration", Number(value)) : value;
  }
  return written;
}

function engineToParameters(engine: Engine): EngineParameters {
  return {
    max_num_seqs: engine.maxNumSeqs,
    max_num_batched_tokens: engine.maxNumBatchedTokens,
    block_size: engine.blockSize,
    memory_utilization: engine.memoryUtilization,
    prefix_cache: engine.hasPrefixCache,
    host_per_iteration: engine.hostPerIteration,
    host_per_sequence: engine.hostPerSequence,
    decode_batch_sizes: [...engine.decodeBatchSizes],
  };
}
