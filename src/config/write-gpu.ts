/**
 * Writes fitted costs into a GPU file: the values of `kernels` and `contention` change, all else,
 * comments too, stays as it is.
 */

import { readFileSync } from "node:fs";
import { type Document, isMap, parseDocument, YAMLMap } from "yaml";
import type { FitReplicate, FitReplicates } from "../hardware/fitted-costs.ts";
import type { ContentionCosts, GpuType, KernelCosts } from "../hardware/gpu.ts";
import type { ShareRate } from "../hardware/share-rate.ts";

/** Fits give four digits; powers of ten in base units are left behind by this rounding. */
const DIGITS = 6;

/** The fitted costs as a file names them, in the order of their lists. */
export const KERNEL_COST_NAMES = [
  ...["matrix.compute", "matrix.bandwidth", "kv_bandwidth", "attention_compute"].flatMap((rate) =>
    ["per_sm", "limit", "sharpness"].map((part) => `${rate}.${part}`),
  ),
  ...["attention_ramp", "roofline_sharpness", "head_floor", "layer_floor"],
  ...["attention_per_head", "rotary_per_head", "elementwise_passes"],
];
export const CONTENTION_COST_NAMES = [
  ...["bandwidth_weight", "bandwidth_loss", "compute_presence", "compute_stretch"],
  ...["cache_stretch", "kernel_size", "latency_stretch", "kernel_wait", "kernel_wait_of_compute"],
  ...["kernel_wait_growth", "time_slice", "context_switch"],
];

/** The text of the GPU file at `path` with the costs of `gpu`. */
export function writeGpu(path: string, { kernels, contention, replicates }: GpuType): string {
  const document = parseDocument(readFileSync(path, "utf8"));
  for (const [key, value] of Object.entries(kernelEntries(kernels))) {
    setCost(document, ["kernels", ...key.split(".")], value);
  }
  for (const [key, value] of Object.entries(contentionEntries(contention))) {
    document.setIn(["contention", key], value);
  }
  if (replicates === undefined) document.deleteIn(["replicates"]);
  else document.setIn(["replicates"], replicatesNode(document, replicates));
  return document.toString({ lineWidth: 0 });
}

/** A number, a text, or the parts of a rate. */
type CostEntry = number | string | Readonly<Record<string, number | string>>;

/** Changes the entries of a map one by one, which keeps its comments. */
function setCost(document: Document, path: readonly string[], cost: CostEntry): void {
  const node = document.getIn(path, true);
  if (!isMap(node) || typeof cost !== "object") document.setIn(path, flowNode(document, cost));
  else for (const [key, entry] of Object.entries(cost)) node.set(key, entry);
}

function flowNode(document: Document, value: unknown): unknown {
  return typeof value === "object" ? document.createNode(value, { flow: true }) : value;
}

function replicatesNode(document: Document, replicates: FitReplicates): unknown {
  const rows = (of: readonly FitReplicate[]) => {
    const map = new YAMLMap();
    for (const { leftOut, logRatios } of of) map.set(leftOut, flowNode(document, logRatios));
    return map;
  };
  const node = new YAMLMap();
  node.set("kernels", rows(replicates.kernels));
  node.set("contention", rows(replicates.contention));
  return node;
}

function kernelEntries(kernels: KernelCosts): Record<string, CostEntry> {
  return {
    "matrix.compute": writeRate(kernels.matrix.compute, "TFLOP/s", 1e12),
    "matrix.bandwidth": writeRate(kernels.matrix.bandwidth, "GB/s", 1e9),
    kv_bandwidth: writeRate(kernels.kvBandwidth, "GB/s", 1e9),
    attention_compute: writeRate(kernels.attentionCompute, "TFLOP/s", 1e12),
    attention_ramp: kernels.attentionRamp,
    roofline_sharpness: kernels.rooflineSharpness,
    head_floor: microseconds(kernels.headFloor),
    layer_floor: microseconds(kernels.layerFloor),
    attention_per_head: microseconds(kernels.attentionPerHead),
    rotary_per_head: microseconds(kernels.rotaryPerHead),
    elementwise_passes: kernels.elementwisePasses,
  };
}

function contentionEntries(contention: ContentionCosts): Record<string, CostEntry> {
  return {
    bandwidth_weight: contention.bandwidthWeight,
    bandwidth_loss: contention.bandwidthLoss,
    compute_presence: contention.computePresence,
    compute_stretch: contention.computeStretch,
    cache_stretch: contention.cacheStretch,
    kernel_size: contention.kernelSize,
    latency_stretch: contention.latencyStretch,
    kernel_wait: contention.kernelWait,
    kernel_wait_of_compute: contention.kernelWaitOfCompute,
    kernel_wait_growth: contention.kernelWaitGrowth,
    time_slice: microseconds(contention.timeSlice),
    context_switch: microseconds(contention.contextSwitch),
  };
}

function writeRate({ perSm, limit, sharpness }: ShareRate, unit: string, scale: number) {
  return {
    per_sm: `${rounded(perSm / scale)} ${unit}`,
    limit: `${rounded(limit / scale)} ${unit}`,
    sharpness,
  };
}

function microseconds(seconds: number): string {
  return `${rounded(seconds * 1e6)} us`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
