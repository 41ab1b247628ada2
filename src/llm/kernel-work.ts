/**
 * GPU time of the kernels of a transformer, from the shapes of its matrices, split by what it is
 * spent on: other tenants of the GPU stretch each part differently (`hardware/interference.ts`).
 *
 *   layer     = Σ gemm + decode attention + prefill attention + elementwise + floor
 *   gemm      = (c^n + m^n)^(1/n), c = FLOP / compute(sms), m = bytes / bandwidth(sms)
 *   decode    = KV bytes / kvBandwidth(sms) + sequences · heads · perHead / sms
 *   prefill   = 4 · heads · headDim · pairs / compute(sms) · (1 + ramp / tokens)
 *   elementwise = passes · hidden bytes / bandwidth(sms) + tokens · heads · perHead / sms
 */

import type { KernelCosts, MatrixRates } from "../hardware/gpu.ts";
import { rateOn } from "../hardware/share-rate.ts";
import { BYTES_PER_BF16, type ModelShape, shardedKvHeads } from "./model.ts";

/** GPU seconds, by what bounds them, and the bytes moved meanwhile. */
export interface Work {
  /** Waiting for DRAM. */
  memory: number;
  /** Computing. */
  compute: number;
  /** Neither: kernels that are too short for either, gaps between them, communication. */
  latency: number;
  bytes: number;
}

/** Nothing, to be added to. */
export function noWork(): Work {
  return { memory: 0, compute: 0, latency: 0, bytes: 0 };
}

/** Adds `times` of one piece of work to another. */
export function addWork(sum: Work, part: Work, times = 1): void {
  sum.memory += times * part.memory;
  sum.compute += times * part.compute;
  sum.latency += times * part.latency;
  sum.bytes += times * part.bytes;
}

/** Seconds in all. */
export function workSeconds({ memory, compute, latency }: Work): number {
  return memory + compute + latency;
}

/** Rates of matrix products on so many SMs. */
interface MatrixSpeed {
  readonly compute: number;
  readonly bandwidth: number;
}

/** The kernels of one shard of a model on a number of SMs. */
export class KernelWork {
  readonly #costs: KernelCosts;
  readonly #sms: number;
  readonly #model: ModelShape;
  readonly #heads: number;
  readonly #kvHeads: number;
  readonly #ffn: number;
  readonly #vocabulary: number;
  readonly #layerMatrix: MatrixSpeed;
  readonly #headMatrix: MatrixSpeed;
  readonly #attentionCompute: number;
  /** Seconds of one layer's decode attention per token of context. */
  readonly perContextToken: number;

  constructor(costs: KernelCosts, sms: number, model: ModelShape, tp: number) {
    this.#costs = costs;
    this.#sms = sms;
    this.#model = model;
    this.#heads = model.heads / tp;
    this.#kvHeads = shardedKvHeads(model, tp);
    this.#ffn = model.ffn / tp;
    this.#vocabulary = model.vocabulary / tp;
    this.#headMatrix = speedOn(costs.matrix, sms);
    const { fp8Matrix = costs.matrix } = costs;
    this.#layerMatrix = model.weightType === "fp8" ? speedOn(fp8Matrix, sms) : this.#headMatrix;
    this.#attentionCompute = rateOn(costs.attentionCompute, sms);
    this.perContextToken = this.contextBytes / rateOn(costs.kvBandwidth, sms);
  }

  /** Bytes of one layer's KV cache per token of context. */
  get contextBytes(): number {
    return 2 * this.#kvHeads * this.#model.headDim * BYTES_PER_BF16;
  }

  /** Everything of one layer that depends on the number of tokens only. */
  dense(tokens: number): Work {
    const { hidden, headDim } = this.#model;
    const { elementwisePasses, rotaryPerHead, layerFloor } = this.#costs;
    const work = noWork();
    const heads = this.#heads + this.#kvHeads;
    this.#addGemm(work, tokens, hidden, (heads + this.#kvHeads) * headDim);
    this.#addGemm(work, tokens, this.#heads * headDim, hidden);
    this.#addGemm(work, tokens, hidden, 2 * this.#ffn);
    this.#addGemm(work, tokens, this.#ffn, hidden);
    const bytes = elementwisePasses * tokens * hidden * BYTES_PER_BF16;
    work.memory += bytes / this.#headMatrix.bandwidth;
    work.bytes += bytes;
    work.compute += (tokens * heads * rotaryPerHead) / this.#sms;
    work.latency += layerFloor;
    return work;
  }

  /** LM head and sampling of `sequences`. */
  head(sequences: number): Work {
    const work = noWork();
    const { hidden } = this.#model;
    this.#addProduct(work, sequences, hidden, this.#vocabulary, this.#headMatrix, BYTES_PER_BF16);
    work.latency += this.#costs.headFloor;
    return work;
  }

  /** One layer's decode attention of `sequences` that attend to `contextTokens` in all. */
  decodeAttention(sequences: number, contextTokens: number): Work {
    return {
      memory: this.perContextToken * contextTokens,
      compute: this.decodeHeads(sequences),
      latency: 0,
      bytes: this.contextBytes * contextTokens,
    };
  }

  /** Seconds of one layer's decode attention besides reading the KV cache. */
  decodeHeads(sequences: number): number {
    return (sequences * this.#heads * this.#costs.attentionPerHead) / this.#sms;
  }

  /**
   * Seconds, all computing, of one layer's attention of a chunk of `tokens`, with `pairs`
   * of (query, key).
   */
  prefillAttention(tokens: number, pairs: number): number {
    const flop = 4 * this.#heads * this.#model.headDim * pairs;
    return (flop / this.#attentionCompute) * (1 + this.#costs.attentionRamp / tokens);
  }

  /** Time to copy `bytes` within the GPU's memory, reading and writing. */
  copySeconds(bytes: number): number {
    return (2 * bytes) / this.#headMatrix.bandwidth;
  }

  #addGemm(work: Work, tokens: number, inputs: number, outputs: number): void {
    const weight = this.#model.weightType === "fp8" ? 1 : BYTES_PER_BF16;
    this.#addProduct(work, tokens, inputs, outputs, this.#layerMatrix, weight);
  }

  /** [tokens × inputs] · [inputs × outputs]; the time goes to what bounds it. */
  #addProduct(
    work: Work,
    tokens: number,
    inputs: number,
    outputs: number,
    speed: MatrixSpeed,
    weightBytes: number,
  ): void {
    const { rooflineSharpness } = this.#costs;
    const bytes = inputs * outputs * weightBytes + tokens * (inputs + outputs) * BYTES_PER_BF16;
    const compute = (2 * tokens * inputs * outputs) / speed.compute;
    const memory = bytes / speed.bandwidth;
    const ofCompute = 1 / (1 + (memory / compute) ** rooflineSharpness);
    const time = compute / ofCompute ** (1 / rooflineSharpness);
    work.compute += ofCompute * time;
    work.memory += (1 - ofCompute) * time;
    work.bytes += bytes;
  }
}

function speedOn({ compute, bandwidth }: MatrixRates, sms: number): MatrixSpeed {
  return { compute: rateOn(compute, sms), bandwidth: rateOn(bandwidth, sms) };
}
