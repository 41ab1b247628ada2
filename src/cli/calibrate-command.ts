/** `sim calibrate`: fits a GPU file to measurements. */

import { fitContention } from "../calibration/contention-fit.ts";
import { fitKernels } from "../calibration/kernel-fit.ts";
import {
  contentionReplicates,
  kernelReplicates,
  standardErrors,
} from "../calibration/replicates.ts";
import { findFile } from "../config/catalog.ts";
import { readCsvHeader } from "../config/csv-file.ts";
import { loadGpuType } from "../config/load-cluster.ts";
import { type CoLocationRow, loadCoLocations } from "../config/load-colocation.ts";
import { loadSolo, type SoloRow } from "../config/load-solo.ts";
import { CONTENTION_COST_NAMES, KERNEL_COST_NAMES, writeGpu } from "../config/write-gpu.ts";
import { slowdownComparisons } from "../experiment/validation/colocation.ts";
import { type Comparison, summarizeErrors } from "../experiment/validation/errors-by-group.ts";
import { iterationComparisons } from "../experiment/validation/iterations.ts";
import type { FitReplicate } from "../hardware/fitted-costs.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { writeOutput } from "../records/whole-file.ts";
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
  const guess = loadGpuType(options.gpu);
  const solo = files.filter((file) => !isColocation(file)).flatMap((file) => loadSolo(file));
  const colocation = files.filter(isColocation);
  const progress = await createProgress(false);
  let fit: Fit;
  try {
    progress.update("kernels", 0);
    const alone = fitAlone(guess, solo);
    progress.update("interference", 0.5);
    fit = fitTogether(
      alone,
      colocation.flatMap((file) => loadCoLocations(file, alone.gpu)),
    );
  } finally {
    progress.stop();
  }
  writeOutput(options.out, writeGpu(base, fit.gpu), { what: "the GPU", option: "--out" });
  process.stdout.write(`${fit.lines.join("\n")}\nWritten: ${options.out}\n`);
}

/** A GPU as fitted so far, and what is said of it. */
interface Fit {
  readonly gpu: GpuType;
  readonly lines: readonly string[];
}

function fitAlone(guess: GpuType, rows: readonly SoloRow[]): Fit {
  const kept = guess.replicates ?? { kernels: [], contention: [] };
  if (rows.length === 0) return { gpu: guess, lines: [] };
  const fitted = { ...guess, kernels: fitKernels(guess, rows) };
  const kernels = kernelReplicates(fitted, rows);
  const lines = [
    describeFit("iterations alone", iterationComparisons(rows, fitted.kernels)),
    ...describeErrors(KERNEL_COST_NAMES, kernels, "model"),
  ];
  return { gpu: { ...fitted, replicates: { ...kept, kernels } }, lines };
}

function fitTogether({ gpu: guess, lines }: Fit, rows: readonly CoLocationRow[]): Fit {
  const kept = guess.replicates ?? { kernels: [], contention: [] };
  if (rows.length === 0) return { gpu: guess, lines };
  const fitted = { ...guess, contention: fitContention(guess, rows) };
  const contention = contentionReplicates(fitted, rows);
  return {
    gpu: { ...fitted, replicates: { ...kept, contention } },
    lines: [
      ...lines,
      describeFit("slowdowns of co-located loads", slowdownComparisons(rows, fitted)),
      ...describeErrors(CONTENTION_COST_NAMES, contention, "group of shares"),
    ],
  };
}

/** Told apart by the names of the columns. */
function isColocation(file: string): boolean {
  return readCsvHeader(file).includes("slowdown");
}

function describeFit(what: string, comparisons: readonly Comparison[]): string {
  const { n, mape, bias } = summarizeErrors(comparisons);
  const shown = formatPercent(bias, { signed: true });
  return `${n} ${what}: MAPE ${formatPercent(mape)} after the fit, bias ${shown}`;
}

/** Relative standard errors of the costs; nothing where they are not known. */
function describeErrors(
  names: readonly string[],
  replicates: readonly FitReplicate[],
  group: string,
): string[] {
  const errors = standardErrors(replicates);
  if (errors.length === 0) return [];
  const shown = names.map((name, index) => `  ${name} ± ${formatPercent(errors[index]!)}`);
  return [`Standard errors, by leaving out each ${group}:`, ...shown];
}
