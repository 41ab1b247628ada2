/**
 * The schema of a serving engine's parameters: an engine file (clusters/engines), and the ones
 * that a plan overrides for an LLM.
 */

import { z } from "zod";
import { type Engine, type LayerLaunch, SCHEDULING_POLICIES } from "../llm/engine.ts";
import { positiveQuantity, quantity, writeQuantity } from "./quantity.ts";

/** Each parameter by the name it has in files. */
export const engineParameters = {
  policy: z.enum(SCHEDULING_POLICIES),
  max_num_seqs: z.int().min(1),
  max_num_batched_tokens: z.int().min(1),
  block_size: z.int().min(1),
  memory_utilization: z.number().positive().max(1),
  watermark: z.number().min(0).max(0.5),
  prefix_cache: z.boolean(),
  host_per_iteration: quantity("duration"),
  host_per_sequence: quantity("duration"),
  // No defaults here: a plan that says nothing must leave its engine's value.
  launch_per_layer: quantity("duration").optional(),
  launch_per_layer_chunk: quantity("duration").optional(),
  launch_per_layer_decodes: quantity("duration").optional(),
  prefill_stretch: z.number().positive().optional(),
  request_overhead: quantity("duration").optional(),
  response_overhead: quantity("duration").optional(),
  wake_time: quantity("duration").optional(),
  start_time: quantity("duration"),
  weight_read_rate: positiveQuantity("bandwidth"),
  decode_batch_sizes: z
    .array(z.int().min(1))
    .refine((sizes) => sizes.every((size, index) => index === 0 || size > sizes[index - 1]!), {
      error: "expected increasing batch sizes",
    }),
};

const parametersSchema = z.strictObject(engineParameters);

/** Launches of a layer as fitted without a group of measurements. */
const launchSchema = z
  .strictObject({
    launch_per_layer: quantity("duration"),
    launch_per_layer_chunk: quantity("duration"),
    launch_per_layer_decodes: quantity("duration"),
  })
  .transform(launchOf);

/** An engine file; the engine's name is the file's. */
export const engineSchema = parametersSchema.extend({
  /** By what was left out. */
  launch_replicates: z.record(z.string(), launchSchema).optional(),
});

/** Parameters as files name them, in base units. */
type EngineParameters = z.infer<typeof parametersSchema>;

/** Some of the parameters; undefined where a file says nothing. */
type EngineOverrides = {
  readonly [K in keyof EngineParameters]?: EngineParameters[K] | undefined;
};

/** The engine `name` with these parameters. */
export function createEngine(name: string, parameters: EngineParameters): Engine {
  return {
    name,
    policy: parameters.policy,
    maxNumSeqs: parameters.max_num_seqs,
    maxNumBatchedTokens: parameters.max_num_batched_tokens,
    blockSize: parameters.block_size,
    memoryUtilization: parameters.memory_utilization,
    watermark: parameters.watermark,
    hasPrefixCache: parameters.prefix_cache,
    hostPerIteration: parameters.host_per_iteration,
    hostPerSequence: parameters.host_per_sequence,
    launchPerLayer: launchOf(parameters),
    prefillStretch: parameters.prefill_stretch ?? 1,
    requestOverhead: parameters.request_overhead ?? 0,
    responseOverhead: parameters.response_overhead ?? 0,
    wakeTime: parameters.wake_time ?? 0,
    startTime: parameters.start_time,
    weightReadRate: parameters.weight_read_rate,
    decodeBatchSizes: parameters.decode_batch_sizes,
  };
}

function launchOf(parameters: {
  readonly launch_per_layer?: number | undefined;
  readonly launch_per_layer_chunk?: number | undefined;
  readonly launch_per_layer_decodes?: number | undefined;
}): LayerLaunch {
  return {
    fixed: parameters.launch_per_layer ?? 0,
    perChunk: parameters.launch_per_layer_chunk ?? 0,
    ofDecodes: parameters.launch_per_layer_decodes ?? 0,
  };
}

/** `engine` with some parameters replaced. */
export function overrideEngine(engine: Engine, overrides: EngineOverrides): Engine {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const merged: EngineParameters = { ...engineToParameters(engine), ...Object.fromEntries(given) };
  const { launchReplicates } = engine;
  const replaced = createEngine(engine.name, merged);
  // They are errors of the engine's own launches.
  const isFitted = !given.some(([key]) => key.startsWith("launch_"));
  return isFitted && launchReplicates !== undefined ? { ...replaced, launchReplicates } : replaced;
}

/** Kinds of the parameters that have a unit. */
const QUANTITY_KINDS: Readonly<Record<string, "duration" | "bandwidth">> = {
  host_per_iteration: "duration",
  host_per_sequence: "duration",
  launch_per_layer: "duration",
  launch_per_layer_chunk: "duration",
  launch_per_layer_decodes: "duration",
  request_overhead: "duration",
  response_overhead: "duration",
  wake_time: "duration",
  start_time: "duration",
  weight_read_rate: "bandwidth",
};

/** What a plan file must say for `engine` where `base` is the engine it names. */
export function writeOverrides(engine: Engine, base: Engine): Record<string, unknown> {
  const parameters = engineToParameters(engine);
  const defaults = engineToParameters(base);
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parameters)) {
    const before = defaults[key as keyof EngineParameters];
    if (JSON.stringify(value) === JSON.stringify(before)) continue;
    const kind = QUANTITY_KINDS[key];
    written[key] = kind === undefined ? value : writeQuantity(kind, Number(value));
  }
  return written;
}

function engineToParameters(engine: Engine): EngineParameters {
  return {
    policy: engine.policy,
    max_num_seqs: engine.maxNumSeqs,
    max_num_batched_tokens: engine.maxNumBatchedTokens,
    block_size: engine.blockSize,
    memory_utilization: engine.memoryUtilization,
    watermark: engine.watermark,
    prefix_cache: engine.hasPrefixCache,
    host_per_iteration: engine.hostPerIteration,
    host_per_sequence: engine.hostPerSequence,
    launch_per_layer: engine.launchPerLayer.fixed,
    launch_per_layer_chunk: engine.launchPerLayer.perChunk,
    launch_per_layer_decodes: engine.launchPerLayer.ofDecodes,
    prefill_stretch: engine.prefillStretch,
    request_overhead: engine.requestOverhead,
    response_overhead: engine.responseOverhead,
    wake_time: engine.wakeTime,
    start_time: engine.startTime,
    weight_read_rate: engine.weightReadRate,
    decode_batch_sizes: [...engine.decodeBatchSizes],
  };
}
