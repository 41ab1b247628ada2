/**
 * `sim check`: runs the pinned suite and holds it against a baseline, for CI.
 */

import Table from "cli-table3";
import { displayPath, readInputBytes } from "../config/input-file.ts";
import { CheckFailure } from "../errors.ts";
import {
  type Comparison,
  compareFigures,
  parseCheckBaseline,
} from "../experiment/check-baseline.ts";
import { type CheckFigures, runSuite } from "../experiment/check-suite.ts";
import { writeOutput } from "../records/whole-file.ts";

/** As commander gives them. */
export interface CheckOptions {
  readonly baseline: string;
  readonly update?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs, compares, and fails on a regression; with `--update` writes what was run instead. */
export async function checkCommand(options: CheckOptions): Promise<void> {
  const { baseline: path, update: isUpdate = false, json: isJson = false } = options;
  const baseline = isUpdate ? undefined : readBaseline(path);
  const isQuiet = options.quiet === true || isJson;
  const now = await runSuite((stage) => {
    if (!isQuiet) process.stderr.write(`check ${stage} …\n`);
  });
  if (baseline === undefined) {
    writeOutput(path, formatJson({ ...now }), { what: "the baseline", option: "--baseline" });
    process.stdout.write(isJson ? formatJson({ ...now }) : `wrote ${displayPath(path)}\n`);
    return;
  }
  const figures = compareFigures(baseline, now);
  const failed = figures.filter(({ passes }) => passes === false);
  const document = { schema_version: 1, passed: failed.length === 0, figures };
  process.stdout.write(isJson ? formatJson(document) : formatCheck(figures));
  if (failed.length > 0) throw new CheckFailure(failed.map(finding));
}

function readBaseline(path: string): CheckFigures {
  return parseCheckBaseline(readInputBytes(path, "baseline").toString("utf8"), displayPath(path));
}

/** What changed, and the run time in any case. */
function formatCheck(figures: readonly Comparison[]): string {
  const table = new Table({
    head: ["", "baseline", "now", "change", "allowed", ""],
    colAligns: ["left", "right", "right", "right", "left", "left"],
    style: { head: [], border: [] },
  });
  for (const figure of figures) {
    const { name, baseline, now, passes, allowed } = figure;
    if (passes !== false && name !== "run_time" && baseline === now) continue;
    const verdict = passes === null ? "–" : passes ? "ok" : "failed";
    table.push([name, shown(baseline), shown(now), change(figure), allowed, verdict]);
  }
  const same = figures.filter(({ baseline, now }) => baseline === now).length;
  return `${table.toString()}\n${same} of ${figures.length} figures are the same\n`;
}

function finding(figure: Comparison): string {
  const { name, baseline, now, allowed } = figure;
  return `${name}: ${shown(now)}, ${shown(baseline)} in the baseline; allowed: ${allowed}`;
}

function shown(value: Comparison["now"]): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "number" ? String(Number(value.toPrecision(5))) : value;
}

function change({ baseline, now }: Comparison): string {
  if (typeof baseline !== "number" || typeof now !== "number" || baseline === 0) return "–";
  const percent = (100 * (now - baseline)) / Math.abs(baseline);
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(2)} %`;
}

function formatJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
