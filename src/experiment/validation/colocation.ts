/**
 * The interference model beside slowdowns that were measured; also beside those of each way of
 * sharing with limits when it is fitted to the others only.
 */

import { fitContention, predictedSlowdown } from "../../calibration/contention-fit.ts";
import type { CoLocationRow } from "../../config/load-colocation.ts";
import { UserError } from "../../errors.ts";
import type { GpuType } from "../../hardware/gpu.ts";
import { byGroup, type Comparison, summarizeErrors } from "./errors-by-group.ts";
import type { HeldOut } from "./iterations.ts";

/** Errors over all rows, by group of shares, and by what ran beside what. */
export interface CoLocationComparison {
  readonly gpu: string;
  readonly n: number;
  readonly mape: number;
  readonly p90: number;
  readonly bias: number;
  readonly groups: readonly {
    readonly shares: string;
    readonly n: number;
    readonly mape: number;
    readonly bias: number;
  }[];
  readonly phases: readonly {
    readonly load: string;
    readonly beside: string;
    readonly n: number;
    readonly mape: number;
    readonly bias: number;
  }[];
  readonly held_out: readonly HeldOut[];
}

/** Compares rows with the model of `gpu`; with `isLeavingOut`, fits anew without each group. */
export function compareCoLocations(
  rows: readonly CoLocationRow[],
  gpu: GpuType,
  isLeavingOut: boolean,
  onProgress: (done: number) => void,
): CoLocationComparison {
  const limited = [...new Set(rows.filter(hasLimits).map(({ shares }) => shares))];
  if (isLeavingOut && limited.length < 2) {
    throw new UserError("--leave-out shares: the file has one group of limited shares only", {
      hint: "give a file with several, such as 50/50 and 25/75, or leave the option away",
    });
  }
  const comparisons = slowdownComparisons(rows, gpu);
  const { n, mape, p90, bias } = summarizeErrors(comparisons);
  const phases = comparisons.map((comparison) => ({
    ...comparison,
    group: `${phaseOf(comparison.row.load)}/${comparison.row.neighbours.map(phaseOf)[0]}`,
  }));
  return {
    gpu: gpu.name,
    n,
    mape,
    p90,
    bias,
    groups: [...byGroup(comparisons)].map(([shares, group]) => {
      const errors = summarizeErrors(group);
      return { shares, n: errors.n, mape: errors.mape, bias: errors.bias };
    }),
    phases: [...byGroup(phases)].map(([name, group]) => {
      const [load, beside] = name.split("/");
      const errors = summarizeErrors(group);
      return { load: load!, beside: beside!, n: errors.n, mape: errors.mape, bias: errors.bias };
    }),
    held_out: isLeavingOut
      ? limited.map((shares, index) => {
          const heldOut = leaveOut(rows, gpu, shares);
          onProgress((index + 1) / limited.length);
          return heldOut;
        })
      : [],
  };
}

/** Every row with its prediction; groups are of shares. */
export function slowdownComparisons(
  rows: readonly CoLocationRow[],
  gpu: GpuType,
): (Comparison & { readonly row: CoLocationRow })[] {
  return rows.map((row) => ({
    row,
    group: row.shares,
    measured: row.slowdown,
    simulated: predictedSlowdown(gpu, row),
  }));
}

function leaveOut(rows: readonly CoLocationRow[], gpu: GpuType, shares: string): HeldOut {
  const seen = rows.filter((row) => row.shares !== shares);
  const unseen = rows.filter((row) => row.shares === shares);
  const fitted = { ...gpu, contention: fitContention(gpu, seen) };
  const { n, mape, bias } = summarizeErrors(slowdownComparisons(unseen, fitted));
  const { mape: fittedMape } = summarizeErrors(slowdownComparisons(seen, fitted));
  return { left_out: shares, n, mape, bias, mape_fitted: fittedMape };
}

/** Whether shares are limited and fit the GPU together. */
function hasLimits({ mode, loads }: CoLocationRow): boolean {
  return mode === "mps" && loads.reduce((sum, { share }) => sum + share, 0) <= 1 + 1e-9;
}

function phaseOf(load: string): string {
  return load.includes("-prefill-") ? "prefill" : "decode";
}
