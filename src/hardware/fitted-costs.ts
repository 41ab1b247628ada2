/**
 * The costs of a GPU that a fit determines, as a list of positive numbers in the order in which GPU
 * files have them, and what is known of their errors.
 */

import type { ContentionCosts, KernelCosts } from "./gpu.ts";
import type { ShareRate } from "./share-rate.ts";

/** What the costs become when one group of measurements is left out of the fit. */
export interface FitReplicate {
  /** The group. */
  readonly leftOut: string;
  /** log(changed / fitted) of each cost. */
  readonly logRatios: readonly number[];
}

/** Replicates of both fits. */
export interface FitReplicates {
  readonly kernels: readonly FitReplicate[];
  readonly contention: readonly FitReplicate[];
}

/** The list of kernel costs; fp8 is not fitted. */
export function kernelParameters(costs: KernelCosts): number[] {
  const rates = [
    costs.matrix.compute,
    costs.matrix.bandwidth,
    costs.kvBandwidth,
    costs.attentionCompute,
  ];
  return [
    ...rates.flatMap(({ perSm, limit, sharpness }) => [perSm, limit, sharpness]),
    costs.attentionRamp,
    costs.rooflineSharpness,
    costs.headFloor,
    costs.layerFloor,
    costs.attentionPerHead,
    costs.rotaryPerHead,
    costs.elementwisePasses,
  ];
}

/** Kernel costs from their list; fp8 as `base` has it. */
export function kernelsOf(parameters: readonly number[], { fp8Matrix }: KernelCosts): KernelCosts {
  const rate = (first: number): ShareRate => {
    const [perSm, limit, sharpness] = parameters.slice(first, first + 3);
    return { perSm: perSm!, limit: limit!, sharpness: sharpness! };
  };
  const [ramp, sharpness, head, layer, perHead, rotary, passes] = parameters.slice(12);
  return {
    matrix: { compute: rate(0), bandwidth: rate(3) },
    fp8Matrix,
    kvBandwidth: rate(6),
    attentionCompute: rate(9),
    attentionRamp: ramp!,
    rooflineSharpness: sharpness!,
    headFloor: head!,
    layerFloor: layer!,
    attentionPerHead: perHead!,
    rotaryPerHead: rotary!,
    elementwisePasses: passes!,
  };
}

/** The contention costs in the order of their list. */
export const CONTENTION_NAMES = [
  "bandwidthWeight",
  "bandwidthLoss",
  "computePresence",
  "computeStretch",
  "cacheStretch",
  "kernelSize",
  "latencyStretch",
  "kernelWait",
  "kernelWaitOfCompute",
  "kernelWaitGrowth",
  "timeSlice",
  "contextSwitch",
] as const satisfies readonly (keyof ContentionCosts)[];

/** The list of contention costs. */
export function contentionParameters(costs: ContentionCosts): number[] {
  return CONTENTION_NAMES.map((name) => costs[name]);
}

/** Contention costs from their list. */
export function contentionOf(parameters: readonly number[]): ContentionCosts {
  const entries = CONTENTION_NAMES.map((name, index) => [name, parameters[index]!] as const);
  return Object.fromEntries(entries) as unknown as ContentionCosts;
}

/** Costs changed as a replicate has it. */
export function replicated(parameters: readonly number[], { logRatios }: FitReplicate): number[] {
  return parameters.map((value, index) => value * Math.exp(logRatios[index]!));
}
