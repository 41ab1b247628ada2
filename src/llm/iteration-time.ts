/**
 * Time of one forward iteration of a replica, from the shapes of its matrices:
 *
 *   work = layers · (gemm + attention_prefill + attention_decode + elementwise + 2·all_reduce)
 *        + head
 *   host = per iteration + per sequence
 *
 * Every term but attention depends on the number of tokens only, so a batch of decodes costs
 * `fixed + perContextToken · S` with S the tokens of context it attends to: affine in S, which is
 * what lets the serving layer coalesce decode iterations exactly.
 * Rates are those of the GPU file; MODEL.md states how far this is from measured iterations.
 */

import { assert } from "../errors.ts";
import type { Cluster, LinkLevel } from "../hardware/cluster.ts";
import { evaluateCurve } from "../hardware/curve.ts";
import type { AllReduceCost, GpuType } from "../hardware/gpu.ts";
import { allReduceCost } from "./all-reduce.ts";
import { type Engine, paddedBatch } from "./engine.ts";
import {
  BYTES_PER_BF16,
  kvBytesPerToken,
  type ModelShape,
  shardedKvHeads,
  supportsTp,
} from "./model.ts";

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
  /** GPU work of an iteration of `batch` decodes that attend to `contextTokens`, and no more. */
  decode(batch: number, contextTokens: number): DecodeCost;
  /** GPU work of an iteration with prefill: `decodes` sequences with `contextTokens` in all. */
  mixed(chunks: readonly PrefillChunk[], decodes: number, contextTokens: number): number;
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

/** Passes over the hidden state by norms, residuals and activations of one layer. */
const ELEMENTWISE_PASSES = 16;

/** The analytic model of an LLM on given hardware. */
export function createIterationTime(
  model: ModelShape,
  engine: Engine,
  hardware: ReplicaHardware,
): IterationTime {
  const { gpu, tp, share } = hardware;
  assert(supportsTp(model, tp), `${model.name} cannot be split over ${tp} GPUs`);
  const rates: SharedRates = {
    gpu,
    compute: evaluateCurve(gpu.computeOfShare, share),
    bandwidth: evaluateCurve(gpu.bandwidthOfShare, share),
  };
  const allReduce = allReduceCost(gpu, hardware.cluster, hardware);
  const layers = memoized((tokens) => {
    return model.layers * denseLayerTime(model, tp, tokens, rates, allReduce);
  });
  const head = memoized((sequences) => {
    return gemmTime(sequences, model.hidden, model.vocabulary / tp, rates);
  });
  const dense = (tokens: number, sequences: number) => layers(tokens) + head(sequences);

  const attentionFloor = model.layers * gpu.attentionFloor;
  const perContextToken = kvBytesPerToken(model, tp) / (gpu.kvBandwidth * rates.bandwidth);

  return {
    host: (sequences) => engine.hostPerIteration + engine.hostPerSequence * sequences,
    decode(batch) {
      const padded = paddedBatch(engine, batch);
      const fixed = dense(padded, padded) + attentionFloor;
      return { fixed, perContextToken };
    },
    mixed(chunks, decodes, contextTokens) {
      let tokens = decodes;
      let attention = decodes > 0 ? attentionFloor + perContextToken * contextTokens : 0;
      for (const chunk of chunks) {
        tokens += chunk.tokens;
        attention += model.layers * prefillAttentionTime(model, tp, chunk, rates);
      }
      return dense(tokens, decodes + chunks.length) + attention;
    },
  };
}

/** Remembers a function of small counts. */
function memoized(compute: (count: number) => number): (count: number) => number {
  const known = new Map<number, number>();
  return (count) => {
    let value = known.get(count);
    if (value === undefined) {
      value = compute(count);
      known.set(count, value);
    }
    return value;
  };
}

/** A GPU and the parts of its rates that the tenant's share keeps. */
interface SharedRates {
  readonly gpu: GpuType;
  readonly compute: number;
  readonly bandwidth: number;
}

/** Everything in a layer that depends on the number of tokens only. */
function denseLayerTime(
  model: ModelShape,
  tp: number,
  tokens: number,
  rates: SharedRates,
  allReduce: AllReduceCost,
): number {
  const { hidden, headDim, ffn } = model;
  const heads = model.heads / tp;
  const kvHeads = shardedKvHeads(model, tp);
  const hiddenBytes = tokens * hidden * BYTES_PER_BF16;
  const gemms =
    gemmTime(tokens, hidden, (heads + 2 * kvHeads) * headDim, rates) +
    gemmTime(tokens, heads * headDim, hidden, rates) +
    gemmTime(tokens, hidden, (2 * ffn) / tp, rates) +
    gemmTime(tokens, ffn / tp, hidden, rates);
  const elementwise =
    rates.gpu.layerFloor +
    (ELEMENTWISE_PASSES * hiddenBytes) / (rates.gpu.weightBandwidth * rates.bandwidth);
  return gemms + elementwise + 2 * (allReduce.latency + allReduce.perByte * hiddenBytes);
}

/** One matrix product [tokens × inputs] · [inputs × outputs]. */
function gemmTime(tokens: number, inputs: number, outputs: number, rates: SharedRates): number {
  const { gpu } = rates;
  const compute =
    (2 * tokens * inputs * outputs) / (evaluateCurve(gpu.gemmRate, tokens) * rates.compute);
  const memory = (inputs * outputs * BYTES_PER_BF16) / (gpu.weightBandwidth * rates.bandwidth);
  return smoothMaximum(compute, memory);
}

/** Attention of one layer for one chunk: its context as a rectangle plus a causal triangle. */
function prefillAttentionTime(
  model: ModelShape,
  tp: number,
  { tokens, context }: PrefillChunk,
  rates: SharedRates,
): number {
  const { gpu } = rates;
  const pairs = tokens * context + (tokens * tokens) / 2;
  const flop = 4 * (model.heads / tp) * model.headDim * pairs;
  const rate = evaluateCurve(gpu.attentionRate, tokens) * rates.compute;
  return Math.max(gpu.attentionFloor, flop / rate);
}

/**
 * (a^4 + b^4)^(1/4): the larger where they differ, 19 % above either where they are equal. The
 * exponent is a choice; the calibrated model will fit it.
 */
function smoothMaximum(a: number, b: number): number {
  const aSquared = a * a;
  const bSquared = b * b;
  return Math.sqrt(Math.sqrt(aSquared * aSquared + bSquared * bSquared));
}
