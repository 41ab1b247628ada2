/**
 * `sim report`: the report of a results directory, as one HTML file: of a run or replay, of a
 * comparison of planners, or of a sweep.
 */

import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { COMPARISON_FILE, readComparison } from "../records/comparison-results.ts";
import { MANIFEST_FILE } from "../records/manifest.ts";
import { hasPoints, readPoints } from "../records/points-results.ts";
import { ResultsReader } from "../records/results-reader.ts";
import { writeOutput } from "../records/whole-file.ts";

/** Reports on the results in `directory` and says where. */
export async function reportCommand(
  directory: string,
  { out }: { readonly out?: string },
): Promise<void> {
  const path = out ?? join(directory, "report.html");
  writeOutput(path, await reportOf(directory), { what: "the report", option: "--out" });
  process.stdout.write(`Report: ${path}\n`);
}

/** What wrote a directory is known by its files. */
async function reportOf(directory: string): Promise<string> {
  if (existsSync(join(directory, COMPARISON_FILE))) {
    const { comparisonReport } = await import("../report/comparison-report.ts");
    return comparisonReport(readComparison(directory));
  }
  if (hasPoints(directory) && !existsSync(join(directory, MANIFEST_FILE))) {
    const { sweepReport } = await import("../report/sweep-report.ts");
    return sweepReport(basename(resolve(directory)), readPoints(directory));
  }
  const { runReport } = await import("../report/run-report.ts");
  return runReport(new ResultsReader(directory));
}
