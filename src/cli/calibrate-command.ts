/** `sim calibrate`: fits a GPU file to measurements. */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fitContention } from "../calibration/contention-fit.ts";
import { fitKernels } from "../calibration/kernel-fit.ts";
import { findFile } from "../config/catalog.ts";
import { loadGpuType } from "../config/load-cluster.ts";
import { type CoLocationRow, loadCoLocations } from "../config/load-colocation.ts";
import { loadSolo, type SoloRow } from "../config/load-solo.ts";
import { writeGpu } from "../config/write-gpu.ts";
import { UserError } from "../errors.ts";
import { slowdownComparisons } from "../experiment/validation/colocation.ts";
import { summarizeErrors } from "../experiment/validation/errors-by-group.ts";
import { iterationComparisons } from "../experiment/validation/iterations.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { formatPercent } from "../units.ts";
import { createProgress } from "./progress.ts";

/** As commander gives them. */
export interface CalibrateOptions {
  readonly gpu: string;
  readonly out: string;
}

/** Fits to the measurements in `files` and writes a GPU file. */
export async function calibrateCommand(
  files: readonly string[],
  options: CalibrateOptions,
): Promise<void> {
  const base = findFile("gpu", options.gpu);
  let gpu: GpuType = loadGpuType(options.gpu);
  const solo = files.filter((file) => !isColocation(file)).flatMap((file) => loadSolo(file));
  const colocation = files.filter(isColocation);
  const progress = await createProgress(false);
  const lines: string[] = [];
  try {
    progress.update("kernels", 0);
    if (solo.length > 0) {
      gpu = { ...gpu, kernels: fitKernels(gpu, solo) };
      lines.push(describeKernels(solo, gpu));
    }
    progress.update("interference", 0.5);
    const rows = colocation.flatMap((file) => loadCoLocations(file, gpu));
    if (rows.length > 0) {
      gpu = { ...gpu, contention: fitContention(gpu, rows) };
      lines.push(describeContention(rows, gpu));
    }
  } finally {
    progress.stop();
  }
  writeWhole(options.out, writeGpu(base, gpu));
  process.stdout.write(`${lines.join("\n")}\nWritten: ${options.out}\n`);
}

/** Told apart by the names of the columns. */
function isColocation(file: string): boolean {
  if (!existsSync(file)) throw new UserError(`${file}: no such file`);
  const [header = ""] = readFileSync(file, "utf8").split("\n", 1);
  return header.split(",").some((name) => name.trim() === "slowdown");
}

function describeKernels(rows: readonly SoloRow[], gpu: GpuType): string {
  const { n, mape, bias } = summarizeErrors(iterationComparisons(rows, gpu.kernels));
  return describeFit("iterations alone", n, mape, bias);
}

function describeContention(rows: readonly CoLocationRow[], gpu: GpuType): string {
  const { n, mape, bias } = summarizeErrors(slowdownComparisons(rows, gpu));
  return describeFit("slowdowns of co-located loads", n, mape, bias);
}

function describeFit(what: string, n: number, mape: number, bias: number): string {
  const shown = formatPercent(bias, { signed: true });
  return `${n} ${what}: MAPE ${formatPercent(mape)} after the fit, bias ${shown}`;
}

/** Writes a file under another name first: it is whole or as it was. */
function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, path);
  } catch (error) {
    throw new UserError(`${path}: cannot be written (${(error as Error).message})`);
  }
}
