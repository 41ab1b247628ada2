/**
 * `sim report`: the report of a results directory, as one HTML file: of a run or replay, of a
 * comparison of planners, or of a sweep.
 */

import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { COMPARISON_FILE, readComparison } from "../records/comparison-results.ts";
import { MANIFEST_FILE } from "../records/manifest.ts";
import { hasPoints, readPoints } from "../records/points-results.ts";
import { ResultsReader } from "../records/results-reader.ts";

/** Reports on the results in `directory` and says where. */
export async function reportCommand(
  directory: string,
  { out }: { readonly out?: string },
): Promise<void> {
  const path = out ?? join(directory, "report.html");
  writeWhole(path, await reportOf(directory));
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

/** Under a hidden name first: a name that can be read is a whole report. */
function writeWhole(path: string, text: string): void {
  const partial = join(dirname(path), `.${basename(path)}.partial-${process.pid}`);
  try {
    writeFileSync(partial, text);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UserError(`cannot write the report "${path}": ${error.message}`, {
      hint: "choose another --out",
    });
  }
}
