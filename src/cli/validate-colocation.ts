/** `sim validate colocation`: the interference model beside slowdowns that were measured. */

import Table from "cli-table3";
import { loadGpuType } from "../config/load-cluster.ts";
import { loadCoLocations } from "../config/load-colocation.ts";
import {
  type CoLocationComparison,
  compareCoLocations,
  slowdownComparisons,
} from "../experiment/validation/colocation.ts";
import { type ComparisonOptions, picturedGroups, reportComparison } from "./comparison-report.ts";
import { createProgress } from "./progress.ts";
import { percent, signed } from "./table-values.ts";
import { formatHeldOut } from "./validate-iterations.ts";
import { parseLeaveOut } from "./values.ts";

/** As commander gives them. */
export interface ValidateColocationOptions extends ComparisonOptions {
  readonly gpu: string;
  readonly leaveOut?: string;
}

/** Compares the rows of `file` and reports. */
export async function validateColocation(
  file: string,
  options: ValidateColocationOptions,
): Promise<void> {
  const isLeavingOut = parseLeaveOut(options.leaveOut, "shares");
  const gpu = loadGpuType(options.gpu);
  const rows = loadCoLocations(file, gpu);
  const progress = await createProgress(options.json === true);
  let comparison: CoLocationComparison;
  try {
    comparison = compareCoLocations(rows, gpu, isLeavingOut, (done) =>
      progress.update("fit", done),
    );
  } finally {
    progress.stop();
  }
  await reportComparison(options, comparison, formatComparison(comparison), {
    name: "validate-colocation",
    title: `Tenants of one ${gpu.name}, predicted against measured`,
    quantity: "slowdown",
    groups: picturedGroups(slowdownComparisons(rows, gpu)),
  });
}

function formatComparison(comparison: CoLocationComparison): string {
  const { gpu, n, mape, p90, bias, groups, phases } = comparison;
  const style = { head: [], border: [] };
  const byShares = new Table({
    head: ["shares", "n", "MAPE", "bias"],
    colAligns: ["left", "right", "right", "right"],
    style,
  });
  for (const group of groups) {
    byShares.push([group.shares, group.n, percent(group.mape), signed(group.bias)]);
  }
  const byPhase = new Table({
    head: ["load", "beside", "n", "MAPE", "bias"],
    colAligns: ["left", "left", "right", "right", "right"],
    style,
  });
  for (const { load, beside, ...errors } of phases) {
    byPhase.push([load, beside, errors.n, percent(errors.mape), signed(errors.bias)]);
  }
  return (
    `${byShares.toString()}\n${byPhase.toString()}\n` +
    `${n} slowdowns on ${gpu}: MAPE ${percent(mape)}, 90th percentile ${percent(p90)}, ` +
    `bias ${signed(bias)}\n${formatHeldOut(comparison)}`
  );
}
