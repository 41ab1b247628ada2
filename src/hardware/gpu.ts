/**
 * A type of GPU: its data-sheet figures, how fast kernels run on it, and what its tenants do to one
 * another. `sim calibrate` fits the last two from measurements; MODEL.md has the equations.
 */

import type { FitReplicates } from "./fitted-costs.ts";
import type { ShareRate } from "./share-rate.ts";

/** Start-up time and time per byte of an all-reduce over one TP degree. */
export interface AllReduceCost {
  readonly latency: number;
  /** Seconds per byte of the reduced tensor. */
  readonly perByte: number;
}

/** Matrix products with weights of one type. */
export interface MatrixRates {
  /** FLOP/s. */
  readonly compute: ShareRate;
  /** Bytes/s from DRAM. */
  readonly bandwidth: ShareRate;
}

/** How fast the kernels of a transformer run; SI units. */
export interface KernelCosts {
  readonly matrix: MatrixRates;
  /** With fp8 weights; undefined where the GPU has no such products. */
  readonly fp8Matrix?: MatrixRates | undefined;
  /** Decode attention: bytes/s of the KV cache. */
  readonly kvBandwidth: ShareRate;
  /** Prefill attention: FLOP/s of a long prompt. */
  readonly attentionCompute: ShareRate;
  /** New tokens at which prefill attention reaches half of that. */
  readonly attentionRamp: number;
  /** n of (compute^n + memory^n)^(1/n), the time of a matrix product. */
  readonly rooflineSharpness: number;
  /** Seconds of a layer, and of the LM head with sampling, in which neither is the limit: starts
   * and ends of kernels, and those that are small. */
  readonly layerFloor: number;
  readonly headFloor: number;
  /** SM-seconds per query head of a decoding sequence, besides reading its KV cache. */
  readonly attentionPerHead: number;
  /** SM-seconds per head of a token in rotary embedding and KV writes. */
  readonly rotaryPerHead: number;
  /** Passes over the hidden state by norms, residuals and activations of a layer. */
  readonly elementwisePasses: number;
}

/** What tenants of one GPU do to one another: parameters of `interference.ts`. */
export interface ContentionCosts {
  /** A tenant's weight in DRAM bandwidth is its SMs to this power. */
  readonly bandwidthWeight: number;
  /** Bandwidth lost to a neighbour's requests in between, as a part of what the neighbour gets. */
  readonly bandwidthLoss: number;
  /** Presence at the DRAM of compute on all SMs. */
  readonly computePresence: number;
  /** Stretch of compute by neighbours that use all the bandwidth. */
  readonly computeStretch: number;
  /** Stretch of compute by neighbours that compute on all SMs, and how it grows with how much
   * larger the neighbour's kernels are. */
  readonly cacheStretch: number;
  readonly kernelSize: number;
  /** Stretch of latencies by neighbours that use all of the bandwidth or the SMs. */
  readonly latencyStretch: number;
  /** Without limits: part of a neighbour's kernel that a kernel waits for, what computing adds to
   * it, and how that part grows with the waiting kernel's own length. */
  readonly kernelWait: number;
  readonly kernelWaitOfCompute: number;
  readonly kernelWaitGrowth: number;
  /** Without MPS: seconds of a time slice and of a switch to another process. */
  readonly timeSlice: number;
  readonly contextSwitch: number;
}

/** A type of GPU; SI units. */
export interface GpuType {
  readonly name: string;
  readonly memory: number;
  /** Streaming multiprocessors. */
  readonly sms: number;
  /** Data-sheet ceilings, for reports; the model uses the effective rates below. */
  readonly peakBandwidth: number;
  readonly peakCompute: number;
  /** Bytes/s from host memory, one direction. */
  readonly hostBandwidth: number;
  readonly kernels: KernelCosts;
  readonly contention: ContentionCosts;
  /** Errors of both, where they were fitted to measurements of this GPU. */
  readonly replicates?: FitReplicates | undefined;
  /** All-reduce inside the fast domain, by TP degree. */
  readonly allReduce: ReadonlyMap<number, AllReduceCost>;
  /** GPUs that one fast domain (NVLink, or PCIe where there is none) joins in a node. */
  readonly domainSize: number;
}
