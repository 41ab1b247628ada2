/**
 * The iteration cost model beside iterations that were measured alone; also beside each model's
 * own when it is fitted to the other models only.
 */

import { fitKernels, predictedWork } from "../../calibration/kernel-fit.ts";
import type { SoloRow } from "../../config/load-solo.ts";
import { UserError } from "../../errors.ts";
import type { GpuType, KernelCosts } from "../../hardware/gpu.ts";
import { workSeconds } from "../../llm/kernel-work.ts";
import { measuredTime } from "../../llm/solo-measurement.ts";
import { byGroup, type Comparison, summarizeErrors } from "./errors-by-group.ts";

/** Errors over all rows, and over those of one kind. */
export interface IterationsComparison {
  readonly gpu: string;
  readonly n: number;
  readonly mape: number;
  readonly p90: number;
  readonly bias: number;
  readonly groups: readonly IterationGroup[];
  readonly shares: readonly { readonly share: number; readonly n: number; readonly mape: number }[];
  /** Per model: its errors, and those of the others, when it is left out of the fit. */
  readonly held_out: readonly HeldOut[];
}

/** Errors over one kind of rows. */
interface IterationGroup {
  readonly model: string;
  readonly tp: number;
  readonly share: number;
  readonly kind: string;
  readonly n: number;
  readonly mape: number;
  readonly bias: number;
}

/** Errors on what a fit did not see, and on what it saw. */
export interface HeldOut {
  readonly left_out: string;
  readonly n: number;
  readonly mape: number;
  readonly bias: number;
  readonly mape_fitted: number;
}

/** Compares rows with the model of `gpu`; with `isLeavingOut`, fits anew without each model. */
export function compareIterations(
  rows: readonly SoloRow[],
  gpu: GpuType,
  isLeavingOut: boolean,
  onProgress: (done: number) => void,
): IterationsComparison {
  const names = [...new Set(rows.map(({ model }) => model.name))];
  if (isLeavingOut && names.length < 2) {
    throw new UserError("--leave-out model: the file has one model only", {
      hint: "give a file with several models, or leave the option away",
    });
  }
  const comparisons = iterationComparisons(rows, gpu.kernels);
  const { n, mape, p90, bias } = summarizeErrors(comparisons);
  const shares = [...new Set(rows.map(({ share }) => share))].sort((a, b) => b - a);
  return {
    gpu: gpu.name,
    n,
    mape,
    p90,
    bias,
    groups: [...byGroup(comparisons).values()].map(summarizeGroup),
    shares: shares.map((share) => {
      const ofShare = summarizeErrors(comparisons.filter(({ row }) => row.share === share));
      return { share, n: ofShare.n, mape: ofShare.mape };
    }),
    held_out: isLeavingOut
      ? names.map((name, index) => {
          const heldOut = leaveOut(rows, gpu, name);
          onProgress((index + 1) / names.length);
          return heldOut;
        })
      : [],
  };
}

/** Every row with its prediction; groups are of one model, TP degree, share and kind. */
export function iterationComparisons(
  rows: readonly SoloRow[],
  kernels: KernelCosts,
): (Comparison & { readonly row: SoloRow })[] {
  return rows.map((row) => ({
    row,
    group: [row.model.name, row.tp, row.share, row.kind].join("/"),
    measured: measuredTime(row),
    simulated: workSeconds(predictedWork(kernels, row)),
  }));
}

function summarizeGroup(
  group: readonly (Comparison & { readonly row: SoloRow })[],
): IterationGroup {
  const { model, tp, share, kind } = group[0]!.row;
  const { n, mape, bias } = summarizeErrors(group);
  return { model: model.name, tp, share, kind, n, mape, bias };
}

function leaveOut(rows: readonly SoloRow[], gpu: GpuType, name: string): HeldOut {
  const seen = rows.filter(({ model }) => model.name !== name);
  const unseen = rows.filter(({ model }) => model.name === name);
  const kernels = fitKernels(gpu, seen);
  const { n, mape, bias } = summarizeErrors(iterationComparisons(unseen, kernels));
  const { mape: fitted } = summarizeErrors(iterationComparisons(seen, kernels));
  return { left_out: name, n, mape, bias, mape_fitted: fitted };
}
