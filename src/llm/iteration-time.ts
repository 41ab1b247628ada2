/**
 * Time of one forward iteration of a replica, from the shapes of its matrices:
 *
 *   work = layers · (gemm + attention_prefill + attention_decode + elementwise + 2·all_reduce)
 *        + head
 *   host = per iteration + per sequence
 *
 * Every term but attention depends on the number of tokens only, so a batch of decodes costs
 * `fixed + perContextToken · S` with S the tokens of context it attends to: affine in S, which is
 * what lets the serving layer coalesce decode iterations exactly. The kernels are `kernel-work.ts`,
 * their rates those of the GPU file; MODEL.md states how far this is from measured iterations.
 */

import { assert } from "../errors.ts";
import type { Cluster, LinkLevel } from "../hardware/cluster.ts";
import type { AllReduceCost, GpuType } from "../hardware/gpu.ts";
import type { Demand } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import { allReduceCost } from "./all-reduce.ts";
import { type Engine, paddedBatch } from "./engine.ts";
import { addWork, KernelWork, noWork, type Work, workSeconds } from "./kernel-work.ts";
import { BYTES_PER_BF16, type ModelShape, supportsTp } from "./model.ts";

/** GPU seconds of a batch of decodes that attends to S tokens: fixed + perContextToken · S. */
export interface DecodeCost {
  readonly fixed: number;
  readonly perContextToken: number;
  /** The largest S for which this holds, S itself where the cost is not affine; default: any. */
  readonly contextUntil?: number;
}

/** A prefill chunk: `tokens` new ones after `context` that are already in the KV cache. */
export interface PrefillChunk {
  readonly tokens: number;
  readonly context: number;
}

/** What a replica needs to know of time; all in seconds. */
export interface IterationTime {
  /** Host time of an iteration of this many sequences; never stretched by other tenants. */
  host(sequences: number): number;
  /** Least GPU time of an iteration with prefill: its launches; never stretched by others. */
  launch(chunks: number, decodes: number): number;
  /** GPU work of an iteration of `batch` decodes that attend to `contextTokens`, and no more. */
  decode(batch: number, contextTokens: number): DecodeCost;
  /** GPU work of an iteration with prefill: `decodes` sequences with `contextTokens` in all. */
  mixed(chunks: readonly PrefillChunk[], decodes: number, contextTokens: number): number;
  /** What such an iteration, with or without chunks, asks of the GPU. */
  demand(chunks: readonly PrefillChunk[], decodes: number, contextTokens: number): Demand;
}

/** Where a replica runs. */
export interface ReplicaHardware {
  readonly gpu: GpuType;
  readonly cluster: Cluster;
  readonly tp: number;
  /** Slowest link level inside the TP group. */
  readonly level: LinkLevel;
  /** Fraction of each GPU's SMs. */
  readonly share: number;
}

/** The model of an LLM on given hardware. */
export function createIterationTime(
  model: ModelShape,
  engine: Engine,
  hardware: ReplicaHardware,
): IterationTime {
  const { gpu, tp } = hardware;
  assert(supportsTp(model, tp), `${model.name} cannot be split over ${tp} GPUs`);
  const kernels = new KernelWork(gpu.kernels, smsOfShare(gpu.sms, hardware.share), model, tp);
  const allReduce = allReduceCost(gpu, hardware.cluster, hardware);
  const dense = memoized((tokens) => denseWork(model, kernels, allReduce, tokens));
  const head = memoized((sequences) => kernels.head(sequences));
  /** Of a batch of decodes without context. */
  const decodeWork = memoized((batch) => {
    const work = noWork();
    addWork(work, dense(batch));
    addWork(work, head(batch));
    addWork(work, kernels.decodeAttention(batch, 0), model.layers);
    return work;
  });
  const perContextToken = model.layers * kernels.perContextToken;

  const denseTime = memoized((tokens) => workSeconds(dense(tokens)));
  const headTime = memoized((sequences) => workSeconds(head(sequences)));

  const chunkAttention = (chunks: readonly PrefillChunk[]) =>
    model.layers * layerAttention(kernels, chunks);

  return {
    host: (sequences) => engine.hostPerIteration + engine.hostPerSequence * sequences,
    launch(chunks, decodes) {
      const { fixed: perLayer, perChunk, ofDecodes } = engine.launchPerLayer;
      return model.layers * (perLayer + perChunk * chunks + (decodes > 0 ? ofDecodes : 0));
    },
    decode: (batch) => {
      return { fixed: workSeconds(decodeWork(paddedBatch(engine, batch))), perContextToken };
    },
    mixed(chunks, decodes, contextTokens) {
      const attention =
        perContextToken * contextTokens + model.layers * kernels.decodeHeads(decodes);
      const dense = denseTime(tokensOf(chunks, decodes)) + headTime(decodes + chunks.length);
      return engine.prefillStretch * (dense + attention + chunkAttention(chunks));
    },
    demand(chunks, decodes, contextTokens) {
      const tokens = tokensOf(chunks, decodes);
      const work = noWork();
      if (chunks.length === 0) addWork(work, decodeWork(paddedBatch(engine, decodes)));
      else {
        // Beside prefill decodes are not padded.
        addWork(work, dense(tokens));
        addWork(work, head(decodes + chunks.length));
        work.compute += model.layers * kernels.decodeHeads(decodes) + chunkAttention(chunks);
      }
      work.memory += perContextToken * contextTokens;
      work.bytes += model.layers * kernels.contextBytes * contextTokens;
      const demand = demandOf(work, tokens, model.layers, gpu);
      return chunks.length === 0 ? demand : stretchedDemand(demand, engine.prefillStretch);
    },
  };
}

/** Attention of an iteration's chunks in one layer: contexts as rectangles, causal triangles. */
function layerAttention(kernels: KernelWork, chunks: readonly PrefillChunk[]): number {
  let seconds = 0;
  for (const { tokens, context } of chunks) {
    seconds += kernels.prefillAttention(tokens, tokens * context + (tokens * tokens) / 2);
  }
  return seconds;
}

/** Tokens that an iteration computes. */
function tokensOf(chunks: readonly PrefillChunk[], decodes: number): number {
  let tokens = decodes;
  for (const chunk of chunks) tokens += chunk.tokens;
  return tokens;
}

/** Work as its neighbours feel it. */
export function demandOf(work: Work, tokens: number, layers: number, gpu: GpuType): Demand {
  const time = workSeconds(work);
  return {
    memory: work.memory / time,
    compute: work.compute / time,
    bandwidth: work.bytes / gpu.kernels.kvBandwidth.limit / time,
    tokens,
    layerTime: time / layers,
    iterationTime: time,
  };
}

/** The same demand for longer. */
function stretchedDemand(demand: Demand, stretch: number): Demand {
  const { layerTime, iterationTime, bandwidth } = demand;
  return {
    ...demand,
    bandwidth: bandwidth / stretch,
    layerTime: stretch * layerTime,
    iterationTime: stretch * iterationTime,
  };
}

/** All layers but their attention, with communication. */
function denseWork(
  model: ModelShape,
  kernels: KernelWork,
  allReduce: AllReduceCost,
  tokens: number,
): Work {
  const layer = kernels.dense(tokens);
  const bytes = tokens * model.hidden * BYTES_PER_BF16;
  layer.latency += 2 * (allReduce.latency + allReduce.perByte * bytes);
  const work = noWork();
  addWork(work, layer, model.layers);
  return work;
}

/** Remembers a function of small counts. */
function memoized<T>(compute: (count: number) => T): (count: number) => T {
  const known = new Map<number, T>();
  return (count) => {
    let value = known.get(count);
    if (value === undefined) {
      value = compute(count);
      known.set(count, value);
    }
    return value;
  };
}
