/**
 * A type of GPU: its data-sheet figures and the effective rates that kernels reach on it.
 * Rates are for the whole GPU; the share curves say what a tenant with part of the SMs keeps.
 */

import type { Curve } from "./curve.ts";

/** Start-up time and time per byte of an all-reduce over one TP degree. */
export interface AllReduceCost {
  readonly latency: number;
  /** Seconds per byte of the reduced tensor. */
  readonly perByte: number;
}

/** A type of GPU; SI units. */
export interface GpuType {
  readonly name: string;
  readonly memory: number;
  /** Data-sheet ceilings, for reports; the model uses the effective rates below. */
  readonly peakBandwidth: number;
  readonly peakCompute: number;
  /** Bytes/s from host memory, one direction. */
  readonly hostBandwidth: number;
  /** bf16 matrix products: FLOP/s against the number of tokens. */
  readonly gemmRate: Curve;
  /** Bytes/s at which weights stream through small matrix products. */
  readonly weightBandwidth: number;
  /** Bytes/s at which decode attention reads the KV cache, past its floor. */
  readonly kvBandwidth: number;
  /** Seconds that one layer's decode attention takes however little it reads. */
  readonly attentionFloor: number;
  /** Causal prefill attention: FLOP/s against the new tokens. */
  readonly attentionRate: Curve;
  /** Seconds per layer of norms, rotary embedding, activations and gaps between kernels. */
  readonly layerFloor: number;
  /** Fraction of the full compute rate and bandwidth that a share of the SMs keeps. */
  readonly computeOfShare: Curve;
  readonly bandwidthOfShare: Curve;
  /** All-reduce inside the fast domain, by TP degree. */
  readonly allReduce: ReadonlyMap<number, AllReduceCost>;
  /** GPUs that one fast domain (NVLink, or PCIe where there is none) joins in a node. */
  readonly domainSize: number;
}
