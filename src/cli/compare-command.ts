/**
 * `sim compare`: several planners over a sweep of rates. Prints a table or JSON; writes the
 * document and a picture of latency over rate.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, unknownName } from "../errors.ts";
import { compare } from "../experiment/compare.ts";
import type { ComparisonDocument } from "../experiment/compare-document.ts";
import { PLANNERS } from "../experiment/planners.ts";
import { createPool } from "../experiment/workers.ts";
import type { Planner } from "../planner/planner.ts";
import { formatComparison } from "./compare-table.ts";
import { createProgress } from "./progress.ts";
import { parseCount, parseRate } from "./values.ts";
import { loadWorkload, type WorkloadOptions } from "./workload-options.ts";

/** As commander gives them. */
export interface CompareOptions
  extends Pick<WorkloadOptions, "workload" | "llm" | "engine" | "seed"> {
  readonly cluster: string;
  readonly planners?: string;
  readonly rates?: string;
  readonly replications: string;
  readonly workers?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Compares and reports. */
export async function compareCommand(options: CompareOptions): Promise<void> {
  const started = performance.now();
  const planners = plannersNamed(options.planners);
  const rates = listOf(options.rates).map((rate) => parseRate("--rates", rate));
  const replications = parseCount("--replications", options.replications, 1);
  const workers =
    options.workers === undefined ? undefined : parseCount("--workers", options.workers, 1);
  const { workflow, llms, cluster, seed } = loadWorkload(options);
  const progress = await createProgress(options.quiet === true || options.json === true);
  const pool = await createPool(workers);
  let document: ComparisonDocument;
  try {
    document = await compare(
      { workflow, llms, cluster, seed, planners, rates, replications },
      { runTrial: (trial) => pool.run("trial", trial), onProgress: progress.update },
    );
  } finally {
    progress.stop();
    await pool.close();
  }
  const name = `compare-${workflow.name}-${cluster.name}`.replace(/[^\w.-]+/g, "_");
  const files = await write(options.out, name, document);
  const seconds = (performance.now() - started) / 1000;
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

/** The files written; no picture where no planner has a latency. */
async function write(
  directory: string,
  name: string,
  document: ComparisonDocument,
): Promise<{ readonly results: string; readonly picture: string | null }> {
  const results = join(directory, `${name}.json`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(results, `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    throw new UserError(`${results} cannot be written: ${(error as Error).message}`, {
      hint: "choose another --out",
    });
  }
  const { latencyCurves } = await import("../report/latency-curves.ts");
  const { writePicture } = await import("../report/write-picture.ts");
  const svg = latencyCurves(picturedCurves(document));
  return { results, picture: svg === null ? null : writePicture(directory, name, svg).png };
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
