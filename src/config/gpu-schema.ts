/**
 * The schema of a GPU file (clusters/gpus): data-sheet figures, how fast its kernels run,
 * what its tenants do to one another, and the links that a server with it usually has.
 */

import { z } from "zod";
import type { Cluster } from "../hardware/cluster.ts";
import type { FitReplicate } from "../hardware/fitted-costs.ts";
import type { AllReduceCost, ContentionCosts, GpuType, KernelCosts } from "../hardware/gpu.ts";
import type { ShareRate } from "../hardware/share-rate.ts";
import { positiveQuantity, quantity } from "./quantity.ts";

/** The links that join GPUs beyond their fast domain. */
export type ClusterLinks = Pick<Cluster, "nodeLink" | "networkLink" | "frontendLink">;

/** A GPU type without its name, and its usual links. */
interface GpuFile {
  readonly type: Omit<GpuType, "name">;
  readonly links: ClusterLinks;
}

/** A point-to-point link. */
export const linkSchema = z.strictObject({
  latency: quantity("duration"),
  bandwidth: positiveQuantity("bandwidth"),
});

/** A key of a map that reads as a number. */
function numericKey(schema: z.ZodType<number>, error: string) {
  return z.string().refine((key) => schema.safeParse(Number(key)).success, { error });
}

/** A rate by the SMs that a process may use. */
function shareRate(kind: "compute" | "bandwidth") {
  return z
    .strictObject({
      per_sm: positiveQuantity(kind),
      limit: positiveQuantity(kind),
      sharpness: z.number().positive(),
    })
    .transform(({ per_sm, limit, sharpness }): ShareRate => ({ perSm: per_sm, limit, sharpness }));
}

const matrixSchema = z.strictObject({
  compute: shareRate("compute"),
  bandwidth: shareRate("bandwidth"),
});

const kernelsSchema = z
  .strictObject({
    matrix: matrixSchema,
    fp8_matrix: matrixSchema.optional(),
    kv_bandwidth: shareRate("bandwidth"),
    attention_compute: shareRate("compute"),
    attention_ramp: z.number().min(0),
    roofline_sharpness: z.number().positive(),
    head_floor: quantity("duration"),
    layer_floor: quantity("duration"),
    attention_per_head: quantity("duration"),
    rotary_per_head: quantity("duration"),
    elementwise_passes: z.number().min(0),
  })
  .transform(
    (kernels): KernelCosts => ({
      matrix: kernels.matrix,
      fp8Matrix: kernels.fp8_matrix,
      kvBandwidth: kernels.kv_bandwidth,
      attentionCompute: kernels.attention_compute,
      attentionRamp: kernels.attention_ramp,
      rooflineSharpness: kernels.roofline_sharpness,
      headFloor: kernels.head_floor,
      layerFloor: kernels.layer_floor,
      attentionPerHead: kernels.attention_per_head,
      rotaryPerHead: kernels.rotary_per_head,
      elementwisePasses: kernels.elementwise_passes,
    }),
  );

const contentionSchema = z
  .strictObject({
    bandwidth_weight: z.number().min(0),
    bandwidth_loss: z.number().min(0),
    compute_presence: z.number().min(0),
    compute_stretch: z.number().min(0),
    cache_stretch: z.number().min(0),
    kernel_size: z.number().min(0),
    latency_stretch: z.number().min(0),
    kernel_wait: z.number().min(0),
    kernel_wait_of_compute: z.number().min(0),
    kernel_wait_growth: z.number().min(0).max(1),
    time_slice: positiveQuantity("duration"),
    context_switch: quantity("duration"),
  })
  .transform(
    (contention): ContentionCosts => ({
      bandwidthWeight: contention.bandwidth_weight,
      bandwidthLoss: contention.bandwidth_loss,
      computePresence: contention.compute_presence,
      computeStretch: contention.compute_stretch,
      cacheStretch: contention.cache_stretch,
      kernelSize: contention.kernel_size,
      latencyStretch: contention.latency_stretch,
      kernelWait: contention.kernel_wait,
      kernelWaitOfCompute: contention.kernel_wait_of_compute,
      kernelWaitGrowth: contention.kernel_wait_growth,
      timeSlice: contention.time_slice,
      contextSwitch: contention.context_switch,
    }),
  );

/** Costs that a fit determines, of kernels and of contention. */
const KERNEL_COSTS = 19;
const CONTENTION_COSTS = 12;

const allReduceSchema = z
  .record(
    numericKey(z.int().min(2), "expected a TP degree of at least 2"),
    z.strictObject({ latency: quantity("duration"), per_megabyte: positiveQuantity("duration") }),
  )
  .transform(
    (degrees): ReadonlyMap<number, AllReduceCost> =>
      new Map(
        Object.entries(degrees).map(([tp, { latency, per_megabyte }]) => [
          Number(tp),
          { latency, perByte: per_megabyte / 1e6 },
        ]),
      ),
  );

/** Of a fit's costs, in the order of this file: log ratios to them, by what was left out. */
function replicatesOf(count: number) {
  return z
    .record(z.string(), z.array(z.number()).length(count))
    .transform((rows): FitReplicate[] =>
      Object.entries(rows).map(([leftOut, logRatios]) => ({ leftOut, logRatios })),
    );
}

const replicatesSchema = z.strictObject({
  kernels: replicatesOf(KERNEL_COSTS),
  contention: replicatesOf(CONTENTION_COSTS),
});

/** A GPU file. */
export const gpuSchema = z
  .strictObject({
    memory: positiveQuantity("size"),
    peak_bandwidth: positiveQuantity("bandwidth"),
    peak_compute: positiveQuantity("compute"),
    host_bandwidth: positiveQuantity("bandwidth"),
    sms: z.int().min(2),
    kernels: kernelsSchema,
    contention: contentionSchema,
    replicates: replicatesSchema.optional(),
    domain_size: z.int().min(1),
    all_reduce: allReduceSchema,
    links: z.strictObject({ node: linkSchema, network: linkSchema, frontend: linkSchema }),
  })
  .transform(
    (file): GpuFile => ({
      type: {
        memory: file.memory,
        peakBandwidth: file.peak_bandwidth,
        peakCompute: file.peak_compute,
        hostBandwidth: file.host_bandwidth,
        sms: file.sms,
        kernels: file.kernels,
        contention: file.contention,
        replicates: file.replicates,
        allReduce: file.all_reduce,
        domainSize: file.domain_size,
      },
      links: {
        nodeLink: file.links.node,
        networkLink: file.links.network,
        frontendLink: file.links.frontend,
      },
    }),
  );
