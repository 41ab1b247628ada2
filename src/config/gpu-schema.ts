/**
 * The schema of a GPU file (clusters/gpus): data-sheet figures, the effective rates of its
 * kernels, what a share of the SMs keeps, and the links that a server with it usually has.
 */

import { z } from "zod";
import type { Cluster } from "../hardware/cluster.ts";
import type { Curve } from "../hardware/curve.ts";
import type { AllReduceCost, GpuType } from "../hardware/gpu.ts";
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

/** A map from x to y, in any order of x; at least one point. */
function curve(amount: z.ZodType<number>) {
  return z
    .record(numericKey(z.number().positive(), "expected a number above zero"), amount)
    .refine((points) => Object.keys(points).length > 0, { error: "expected at least one point" })
    .transform((points): Curve => {
      const sorted = Object.entries(points).sort(([a], [b]) => Number(a) - Number(b));
      return { x: sorted.map(([x]) => Number(x)), y: sorted.map(([, y]) => y) };
    });
}

/** A key of a map that reads as a number. */
function numericKey(schema: z.ZodType<number>, error: string) {
  return z.string().refine((key) => schema.safeParse(Number(key)).success, { error });
}

const rateCurve = curve(positiveQuantity("compute"));
const fractionCurve = curve(z.number().positive().max(1));

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

/** A GPU file. */
export const gpuSchema = z
  .strictObject({
    memory: positiveQuantity("size"),
    peak_bandwidth: positiveQuantity("bandwidth"),
    peak_compute: positiveQuantity("compute"),
    host_bandwidth: positiveQuantity("bandwidth"),
    gemm_rate: rateCurve,
    weight_bandwidth: positiveQuantity("bandwidth"),
    kv_bandwidth: positiveQuantity("bandwidth"),
    attention_floor: quantity("duration"),
    attention_rate: rateCurve,
    layer_floor: quantity("duration"),
    compute_of_share: fractionCurve,
    bandwidth_of_share: fractionCurve,
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
        gemmRate: file.gemm_rate,
        weightBandwidth: file.weight_bandwidth,
        kvBandwidth: file.kv_bandwidth,
        attentionFloor: file.attention_floor,
        attentionRate: file.attention_rate,
        layerFloor: file.layer_floor,
        computeOfShare: file.compute_of_share,
        bandwidthOfShare: file.bandwidth_of_share,
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
