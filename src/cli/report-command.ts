/**
 * `sim report`: the report of a results directory, as one HTML file.
 */

import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { ResultsReader } from "../records/results-reader.ts";
import { runReport } from "../report/run-report.ts";

/** Reports on the results in `directory` and says where. */
export function reportCommand(directory: string, { out }: { readonly out?: string }): void {
  const path = out ?? join(directory, "report.html");
  writeWhole(path, runReport(new ResultsReader(directory)));
  process.stdout.write(`Report: ${path}\n`);
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
