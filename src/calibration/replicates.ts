/**
 * Errors of fitted costs by the jackknife over groups of measurements. Measurements of one model,
 * or of one pair of shares, err together: what matters is how far the costs move when a whole group
 * is left out, not how well thousands of points pin them down.
 */

import type { CoLocation } from "../hardware/co-location.ts";
import {
  contentionParameters,
  type FitReplicate,
  kernelParameters,
} from "../hardware/fitted-costs.ts";
import type { GpuType } from "../hardware/gpu.ts";
import type { SoloMeasurement } from "../llm/solo-measurement.ts";
import { fitContention } from "./contention-fit.ts";
import { fitKernels } from "./kernel-fit.ts";

/** Digits after the point of a logarithm of a ratio: a ten-thousandth of the value. */
const DIGITS = 4;

/** Replicates of the kernel costs of `gpu`, fitted to `points`, without each model in turn. */
export function kernelReplicates(gpu: GpuType, points: readonly SoloMeasurement[]): FitReplicate[] {
  const fitted = kernelParameters(gpu.kernels);
  return leaveOut(
    points,
    ({ model }) => model.name,
    fitted,
    (kept) => kernelParameters(fitKernels(gpu, kept)),
  );
}

/** Replicates of the contention costs of `gpu`, without each group of shares in turn. */
export function contentionReplicates<T extends CoLocation & { readonly shares: string }>(
  gpu: GpuType,
  points: readonly T[],
): FitReplicate[] {
  const fitted = contentionParameters(gpu.contention);
  return leaveOut(
    points,
    ({ shares }) => shares,
    fitted,
    (kept) => contentionParameters(fitContention(gpu, kept)),
  );
}

/** Relative standard errors of the costs, from their replicates; none from fewer than two. */
export function standardErrors(replicates: readonly FitReplicate[]): number[] {
  const count = replicates.length;
  if (count < 2) return [];
  return replicates[0]!.logRatios.map((_, index) => {
    const values = replicates.map(({ logRatios }) => logRatios[index]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return Math.sqrt(((count - 1) / count) * squares);
  });
}

/** One fit without each group; none where there is one group only. */
function leaveOut<T>(
  points: readonly T[],
  groupOf: (point: T) => string,
  fitted: readonly number[],
  refit: (kept: readonly T[]) => readonly number[],
): FitReplicate[] {
  const groups = [...new Set(points.map(groupOf))];
  if (groups.length < 2) return [];
  return groups.map((leftOut) => {
    const changed = refit(points.filter((point) => groupOf(point) !== leftOut));
    const logRatios = changed.map((value, index) => {
      return Number(Math.log(value / fitted[index]!).toFixed(DIGITS));
    });
    return { leftOut, logRatios };
  });
}
