/** `sim validate iterations`: the iteration cost model beside iterations that were measured. */

import Table from "cli-table3";
import { loadGpuType } from "../config/load-cluster.ts";
import { loadSolo } from "../config/load-solo.ts";
import {
  compareIterations,
  type HeldOut,
  type IterationsComparison,
  iterationComparisons,
} from "../experiment/validation/iterations.ts";
import { formatPercent } from "../units.ts";
import { type ComparisonOptions, picturedGroups, reportComparison } from "./comparison-report.ts";
import { createProgress } from "./progress.ts";
import { percent, signed } from "./table-values.ts";
import { parseLeaveOut } from "./values.ts";

/** As commander gives them. */
export interface ValidateIterationsOptions extends ComparisonOptions {
  readonly gpu: string;
  readonly leaveOut?: string;
}

/** Compares the rows of `file` and reports. */
export async function validateIterations(
  file: string,
  options: ValidateIterationsOptions,
): Promise<void> {
  const isLeavingOut = parseLeaveOut(options.leaveOut, "model");
  const gpu = loadGpuType(options.gpu);
  const rows = loadSolo(file);
  const progress = await createProgress(options.json === true);
  let comparison: IterationsComparison;
  try {
    comparison = compareIterations(rows, gpu, isLeavingOut, (done) => progress.update("fit", done));
  } finally {
    progress.stop();
  }
  const points = iterationComparisons(rows, gpu.kernels);
  const pictured = [...points]
    .sort((a, b) => a.row.kind.localeCompare(b.row.kind) || b.row.share - a.row.share)
    .map(({ row, measured, simulated }) => ({
      group: `${row.kind} at ${formatPercent(row.share)}`,
      measured: 1e3 * measured,
      simulated: 1e3 * simulated,
    }));
  await reportComparison(options, comparison, formatComparison(comparison), {
    name: "validate-iterations",
    title: `Iterations alone on ${gpu.name}, predicted against measured`,
    quantity: "GPU time of an iteration",
    unit: "ms",
    groups: picturedGroups(pictured),
  });
}

function formatComparison(comparison: IterationsComparison): string {
  const { gpu, n, mape, p90, bias, groups, shares } = comparison;
  const table = new Table({
    head: ["model", "TP", "share", "kind", "n", "MAPE", "bias"],
    colAligns: ["left", "right", "right", "left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const group of groups) {
    const { model, tp, share, kind } = group;
    const errors = [percent(group.mape), signed(group.bias)];
    table.push([model, tp, formatPercent(share), kind, group.n, ...errors]);
  }
  const byShare = shares.map((group) => `${formatPercent(group.share)}: ${percent(group.mape)}`);
  return (
    `${table.toString()}\n` +
    `${n} iterations on ${gpu}: MAPE ${percent(mape)}, 90th percentile ${percent(p90)}, ` +
    `bias ${signed(bias)}\nMAPE by share: ${byShare.join("   ")}\n${formatHeldOut(comparison)}`
  );
}

/** Errors on what was left out of a fit; nothing where nothing was. */
export function formatHeldOut({ held_out }: { readonly held_out: readonly HeldOut[] }): string {
  if (held_out.length === 0) return "";
  const table = new Table({
    head: ["left out of the fit", "n", "MAPE", "bias", "MAPE of the rest"],
    colAligns: ["left", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { left_out, n, mape, bias, mape_fitted } of held_out) {
    table.push([left_out, n, percent(mape), signed(bias), percent(mape_fitted)]);
  }
  return `${table.toString()}\n`;
}
