/**
 * `sim compare`: several planners over a sweep of rates. Prints a table or JSON; writes a
 * results directory with the document and a picture of latency over rate.
 */

import { join } from "node:path";
import { unknownName } from "../errors.ts";
import { compare } from "../experiment/compare.ts";
import type { ComparisonDocument } from "../experiment/compare-document.ts";
import { gapsOf } from "../experiment/measured-profiles.ts";
import { PLANNERS } from "../experiment/planners.ts";
import { createPool } from "../experiment/workers.ts";
import type { Planner } from "../planner/planner.ts";
import { COMPARISON_FILE } from "../records/comparison-results.ts";
import { formatManifest, MANIFEST_FILE } from "../records/manifest.ts";
import {
  checkResultsTarget,
  type FileContent,
  writeResults,
} from "../records/results-directory.ts";
import { formatComparison } from "./compare-table.ts";
import { printWarning } from "./print-error.ts";
import { createProgress } from "./progress.ts";
import { parseCount, parseRate } from "./values.ts";
import { loadWorkload, type WorkloadOptions } from "./workload-options.ts";
import { defaultDirectory, type ManifestOrigin, manifestOf } from "./write-run.ts";

/** Name of the picture's files. */
const PICTURE = "latency";

/** As commander gives them. */
export interface CompareOptions
  extends Pick<WorkloadOptions, "workload" | "llm" | "engine" | "seed" | "profiles"> {
  readonly cluster: string;
  readonly planners?: string;
  readonly rates?: string;
  readonly replications: string;
  readonly workers?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Compares and reports. */
export async function compareCommand(options: CompareOptions): Promise<void> {
  const started = performance.now();
  const startedAt = new Date();
  const planners = plannersNamed(options.planners);
  const rates = listOf(options.rates).map((rate) => parseRate("--rates", rate));
  const replications = parseCount("--replications", options.replications, 1);
  const workers =
    options.workers === undefined ? undefined : parseCount("--workers", options.workers, 1);
  const { workflow, llms, cluster, seed, profiles, inputs } = loadWorkload(options);
  if (profiles !== undefined && options.quiet !== true) {
    for (const gap of gapsOf(profiles, llms, cluster)) printWarning(gap);
  }
  const workload = {
    workflow,
    llms,
    cluster,
    seed,
    ...(profiles === undefined ? {} : { profiles }),
  };
  const names = ["compare", workflow.name, cluster.name];
  const directory = options.out ?? defaultDirectory(names, options, inputs);
  checkResultsTarget(directory);
  const progress = await createProgress(options.quiet === true || options.json === true);
  const pool = await createPool(workers);
  let document: ComparisonDocument;
  try {
    document = await compare(
      { ...workload, planners, rates, replications },
      { runTrial: (trial) => pool.run("trial", trial), onProgress: progress.update },
    );
  } finally {
    progress.stop();
    await pool.close();
  }
  const seconds = (performance.now() - started) / 1000;
  const seeds = Array.from({ length: replications }, (_, index) => seed + index);
  const wallTimes = { total: seconds };
  const written = await filesOf(document, { inputs, seeds, wallTimes, startedAt });
  writeResults(directory, written);
  const picture = `${PICTURE}.png`;
  const files = {
    results: directory,
    picture: written.has(picture) ? join(directory, picture) : null,
  };
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ ...document, ...files, wall_seconds: seconds }, null, 2)}\n`
      : formatComparison(document, { ...files, seconds }),
  );
}

/** Planners by their names; all without any. */
function plannersNamed(names: string | undefined): readonly Planner[] {
  if (names === undefined) return PLANNERS;
  return [...new Set(listOf(names))].map((name) => {
    const found = PLANNERS.find((planner) => planner.name === name);
    if (found !== undefined) return found;
    throw unknownName(
      "planner",
      name,
      PLANNERS.map((planner) => planner.name),
    );
  });
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(",").map((part) => part.trim());
}

/** The files of the results directory; without a picture where no planner has a latency. */
async function filesOf(
  document: ComparisonDocument,
  origin: ManifestOrigin,
): Promise<Map<string, FileContent>> {
  const { latencyCurves } = await import("../report/latency-curves.ts");
  const { renderPng } = await import("../report/render-png.ts");
  const svg = latencyCurves(picturedCurves(document));
  return new Map<string, FileContent>([
    [COMPARISON_FILE, `${JSON.stringify(document, null, 2)}\n`],
    ...(svg === null
      ? []
      : [[`${PICTURE}.svg`, svg] as const, [`${PICTURE}.png`, renderPng(svg)] as const]),
    [MANIFEST_FILE, formatManifest(manifestOf(origin))],
  ]);
}

/** A comparison as the curves of a picture. */
function picturedCurves({ workload, cluster, planners }: ComparisonDocument) {
  return {
    title: `${workload} on ${cluster}: latency over rate, by planner`,
    subtitle:
      "Simulated, each planner with its plan for the rate. Dashed: peak throughput. " +
      "Bars: 95 % intervals.",
    curves: Object.entries(planners).map(([name, planner]) => ({
      name,
      peak: planner.peak_throughput_per_second,
      points: planner.points.map((point) => ({
        rate: point.rate_per_second,
        latency: point.latency_mean_seconds,
        interval: point.latency_mean_ci95,
        isStable: point.stable,
      })),
    })),
  };
}
