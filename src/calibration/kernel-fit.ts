/**
 * Fits how fast kernels run on a GPU (`KernelCosts`) to the times of single layers, measured alone
 * at several shares of the SMs by `scripts/measure/bench.py`.
 */

import { kernelsOf } from "../hardware/fitted-costs.ts";
import type { GpuType, KernelCosts } from "../hardware/gpu.ts";
import { addWork, KernelWork, noWork, type Work, workSeconds } from "../llm/kernel-work.ts";
import { measuredTime, type SoloMeasurement } from "../llm/solo-measurement.ts";
import { fitRatios } from "./least-squares.ts";

/** The work of what was measured, under these costs. */
export function predictedWork(costs: KernelCosts, point: SoloMeasurement): Work {
  const { model, tp, sms } = point;
  return iterationWork(new KernelWork(costs, sms, model, tp), point);
}

/** `known` remembers the part of a layer that depends on its tokens only. */
function iterationWork(
  kernels: KernelWork,
  { model, kind, batch, queryTokens, context }: SoloMeasurement,
  known = new Map<number, Work>(),
): Work {
  const isDecode = kind === "decode";
  const tokens = isDecode ? batch : queryTokens;
  let dense = known.get(tokens);
  if (dense === undefined) {
    dense = kernels.dense(tokens);
    known.set(tokens, dense);
  }
  const layer = { ...dense };
  if (isDecode) addWork(layer, kernels.decodeAttention(batch, batch * context));
  else addChunkAttention(layer, kernels, queryTokens, context);
  const work = noWork();
  addWork(work, layer, model.layers);
  addWork(work, kernels.head(batch));
  return work;
}

/**
 * Attention of a chunk as the program computes it: with cached tokens it attends to all pairs, the
 * causal corner too, and copies keys and values, cached and new, into one tensor first.
 */
function addChunkAttention(
  layer: Work,
  kernels: KernelWork,
  tokens: number,
  context: number,
): void {
  const pairs = context === 0 ? tokens ** 2 / 2 : tokens * (context + tokens);
  layer.compute += kernels.prefillAttention(tokens, pairs);
  if (context > 0) layer.memory += kernels.copySeconds((context + tokens) * kernels.contextBytes);
}

/** The costs that fit `points` best; fp8 costs stay as `gpu` has them. */
export function fitKernels(gpu: GpuType, points: readonly SoloMeasurement[]): KernelCosts {
  const shards = [...new Set(points.map(shardName))];
  const shardOf = points.map((point) => shards.indexOf(shardName(point)));
  const samples = shards.map((name) => points.find((point) => shardName(point) === name)!);
  const fitted = fitRatios({
    start: firstGuess(gpu),
    measured: points.map(measuredTime),
    predict: (parameters) => {
      const costs = kernelsOf(parameters, gpu.kernels);
      const kernels = samples.map(({ sms, model, tp }) => new KernelWork(costs, sms, model, tp));
      const dense = kernels.map(() => new Map<number, Work>());
      return (index) => {
        const shard = shardOf[index]!;
        return workSeconds(iterationWork(kernels[shard]!, points[index]!, dense[shard]));
      };
    },
  });
  return kernelsOf(fitted, gpu.kernels);
}

/** What a set of kernels depends on besides the costs. */
function shardName({ model, tp, sms }: SoloMeasurement): string {
  return `${model.name}/${tp}/${sms}`;
}

/**
 * Where the search starts: from the data sheet, and from what launches and passes over memory
 * usually take. The order is that of `kernelsOf`.
 */
function firstGuess({ sms, peakCompute, peakBandwidth }: GpuType): number[] {
  const matrixCompute = [peakCompute / sms, 1.1 * peakCompute, 3];
  const matrixBandwidth = [(5 * peakBandwidth) / sms, 0.9 * peakBandwidth, 3];
  const kvBandwidth = [(2.5 * peakBandwidth) / sms, 0.9 * peakBandwidth, 4];
  const attentionCompute = [(0.7 * peakCompute) / sms, peakCompute, 2];
  const [ramp, sharpness] = [300, 4];
  const [head, layer] = [20e-6, 30e-6];
  const [perHead, rotary, passes] = [0.2e-6, 0.1e-6, 10];
  return [
    ...[...matrixCompute, ...matrixBandwidth, ...kvBandwidth, ...attentionCompute],
    ...[ramp, sharpness, head, layer, perHead, rotary, passes],
  ];
}
