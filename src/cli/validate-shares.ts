/** `sim validate shares`: what a share of the SMs costs, beside what was measured. */

import Table from "cli-table3";
import { loadNode } from "../config/load-cluster.ts";
import { loadEngine } from "../config/load-model.ts";
import { loadShares } from "../config/load-shares.ts";
import {
  compareShares,
  type SharesComparison,
  shareComparisons,
} from "../experiment/validation/shares.ts";
import type { Engine } from "../llm/engine.ts";
import { formatPercent } from "../units.ts";
import { type ComparisonOptions, picturedGroups, reportComparison } from "./comparison-report.ts";
import { percent, signed } from "./table-values.ts";

/** As commander gives them. */
export interface ValidateSharesOptions extends ComparisonOptions {
  readonly gpu: string;
}

/** Compares the rows of `file` and reports. */
export async function validateShares(file: string, options: ValidateSharesOptions): Promise<void> {
  const rows = loadShares(file);
  const cluster = loadNode(options.gpu, 8);
  const engine = unpadded(loadEngine("vllm-0.12"));
  const comparison = compareShares(rows, cluster, engine);
  const pictured = shareComparisons(rows, cluster, engine).map((point) => {
    const [tp, , kind] = point.group.split("/");
    return { ...point, group: `${kind}, TP ${tp}` };
  });
  await reportComparison(options, comparison, formatComparison(comparison), {
    name: "validate-shares",
    title: `Shares of ${comparison.gpu} against the whole, predicted against measured`,
    quantity: "slowdown",
    groups: picturedGroups(pictured),
  });
}

/** GPU time alone: no host, and batches as they were measured. */
function unpadded(engine: Engine): Engine {
  return { ...engine, hostPerIteration: 0, hostPerSequence: 0, decodeBatchSizes: [] };
}

function formatComparison({ gpu, n, median, groups }: SharesComparison): string {
  const table = new Table({
    head: ["TP", "share", "kind", "n", "median error", "median with sign"],
    colAligns: ["right", "right", "left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const group of groups) {
    const errors = [percent(group.median), signed(group.bias)];
    table.push([group.tp, formatPercent(group.share), group.kind, group.n, ...errors]);
  }
  return `${table.toString()}\n${n} slowdowns on ${gpu}: median error ${percent(median)}\n`;
}
