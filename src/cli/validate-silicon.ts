/**
 * `sim validate silicon`: serving points measured on hardware, simulated. Prints a table or JSON.
 */

import Table from "cli-table3";
import { loadSilicon } from "../config/load-silicon.ts";
import { UserError } from "../errors.ts";
import type { Comparison } from "../experiment/validation/errors-by-group.ts";
import {
  type ComparedPoint,
  compareWithSilicon,
  type SiliconComparison,
  type SiliconRows,
  selectRows,
} from "../experiment/validation/silicon.ts";
import { formatDuration } from "../units.ts";
import { type ComparisonOptions, picturedGroups, reportComparison } from "./comparison-report.ts";
import { createProgress } from "./progress.ts";
import { percent } from "./table-values.ts";

/** As commander gives them. */
export interface ValidateSiliconOptions extends ComparisonOptions {
  readonly rows: string;
}

/** Compares the points of a file and reports. */
export async function validateSilicon(
  file: string,
  options: ValidateSiliconOptions,
): Promise<void> {
  const rows = parseRows(options.rows);
  const points = selectRows(loadSilicon(file), rows);
  if (points.length === 0) {
    throw new UserError(`--rows: the file has no ${rows} rows`, {
      hint: "rows are numbered from 0 after the names of the columns; give --rows all",
    });
  }
  const progress = await createProgress(options.json === true);
  let comparison: SiliconComparison;
  try {
    comparison = compareWithSilicon(points, rows, (done) => progress.update("points", done));
  } finally {
    progress.stop();
  }
  await reportComparison(options, comparison, formatComparison(comparison), {
    name: "validate-silicon",
    title: "Serving points measured on hardware, simulated against measured",
    quantity: "latency",
    unit: "s",
    groups: picturedGroups(comparison.points.map(latencyOf)),
  });
}

function latencyOf(point: ComparedPoint): Comparison {
  const { model, backend, tp, precision, simulated, measured } = point;
  return {
    group: `${model}, ${backend}, TP ${tp}, ${precision}`,
    simulated: simulated.latency_seconds,
    measured: measured.latency_seconds,
  };
}

function parseRows(text: string): SiliconRows {
  if (text === "even" || text === "odd" || text === "all") return text;
  throw new UserError(`--rows: "${text}" is not valid`, { hint: "give even, odd or all" });
}

function formatComparison(comparison: SiliconComparison): string {
  const { groups, rows, n } = comparison;
  const table = new Table({
    head: ["system", "model", "backend", "TP", "weights", "n", "latency", "TPOT", "TTFT"],
    colAligns: ["left", "left", "left", "right", "left", ...Array(4).fill("right")],
    style: { head: [], border: [] },
  });
  for (const group of groups) {
    const { system, model, backend, tp, precision } = group;
    table.push([system, model, backend, tp, precision, group.n, ...shownErrors(group)]);
  }
  table.push(["all", "", "", "", "", n, ...shownErrors(comparison)]);
  const shown = rows === "all" ? "all rows" : `${rows} rows`;
  const time = formatDuration(comparison.wall_seconds);
  return (
    `Simulated against measured, ${shown}: mean size of the relative error\n` +
    `${table.toString()}\n${n} points in ${time}\n`
  );
}

function shownErrors(errors: {
  readonly latency_mape: number;
  readonly tpot_mape: number;
  readonly ttft_mape: number;
}): string[] {
  return [errors.latency_mape, errors.tpot_mape, errors.ttft_mape].map(percent);
}
