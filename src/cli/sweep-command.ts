/**
 * `sim sweep`: runs what is missing of a declared grid of runs, here, as a part of it or by workers
 * on a queue, and writes one table as soon as every point is there.
 */

import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { missingPoints, pointFolder, writeTable } from "../experiment/point-store.ts";
import { runPoints } from "../experiment/sweep.ts";
import type { PointResult, SweepPoint } from "../experiment/sweep-point.ts";
import { createProgress } from "./progress.ts";
import { type LoadedSweep, loadPoints } from "./sweep-points.ts";
import { type Shard, shardOf } from "./sweep-shard.ts";
import { parseCount } from "./values.ts";

/** As commander gives them. */
export interface SweepOptions {
  readonly out?: string;
  readonly workers?: string;
  readonly shard?: string;
  readonly merge?: boolean;
  readonly queue?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a sweep found and did; the document of `--json`. */
interface SweepSummary {
  readonly schema_version: 1;
  readonly points: number;
  /** Already there when the command started. */
  readonly found: number;
  readonly run: number;
  /** Still to be run, by other shards. */
  readonly missing: number;
  readonly failed: number;
  /** Null while points are missing. */
  readonly table: string | null;
}

/** Runs and collects. */
export async function sweepCommand(file: string, options: SweepOptions): Promise<void> {
  const { merge: isMerge = false, queue } = options;
  const isWhole = isMerge || queue !== undefined;
  const sweep = loadPoints(file);
  const shard = isWhole ? undefined : shardOf(options.shard, process.env);
  const workers = parseCount("--workers", options.workers ?? String(availableParallelism()), 1);
  const directory = options.out ?? join("results", sweep.name);
  const folder = pointFolder(options.out);
  makeDirectory(directory);
  const missing = missingPoints(folder, partOf(sweep.points, shard), !isMerge);
  if (isMerge && missing.length > 0) throw notAll(missing.length, sweep);

  const isQuiet = options.quiet === true || options.json === true;
  if (missing.length > 0) await runMissing(missing, { folder, workers, isQuiet, queue });
  const left = shard === undefined ? [] : missingPoints(folder, sweep.points, false);
  const table = join(directory, "points.arrow");
  const failed = left.length > 0 ? [] : await writeTable(table, folder, sweep.points);
  const summary: SweepSummary = {
    schema_version: 1,
    points: sweep.points.length,
    found: sweep.points.length - missing.length - left.length,
    run: missing.length,
    missing: left.length,
    failed: failed.length,
    table: left.length > 0 ? null : table,
  };
  const text = options.json === true ? `${JSON.stringify(summary, null, 2)}\n` : format(summary);
  process.stdout.write(text);
  if (failed.length > 0) throw failure(failed, summary);
}

interface RunOptions {
  readonly folder: string;
  readonly workers: number;
  readonly isQuiet: boolean;
  readonly queue: string | undefined;
}

async function runMissing(
  missing: readonly SweepPoint[],
  { folder, workers, isQuiet, queue: url }: RunOptions,
): Promise<void> {
  const progress = await createProgress(isQuiet);
  const onProgress = (stage: string, done: number) => progress.update(stage, done / missing.length);
  const onInterrupt = () => {
    progress.stop();
    process.stderr.write(
      "stopped: what is finished is kept, the same command goes on from there\n",
    );
    process.kill(process.pid, "SIGINT");
  };
  process.once("SIGINT", onInterrupt);
  try {
    if (url === undefined) {
      await runPoints(missing, { folder, workers: Math.min(workers, missing.length), onProgress });
      return;
    }
    const { queuePoints } = await import("../experiment/sweep-queue.ts");
    const onMessage = (text: string) => process.stderr.write(`${text}\n`);
    const place = { url, folder, onMessage };
    await queuePoints(missing, place, (done) => onProgress("points of workers", done));
  } finally {
    process.off("SIGINT", onInterrupt);
    progress.stop();
  }
}

/** Every n-th point, so that the parts take about as long. */
function partOf(points: readonly SweepPoint[], shard: Shard | undefined): readonly SweepPoint[] {
  if (shard === undefined) return points;
  return points.filter((_, index) => index % shard.count === shard.index - 1);
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`cannot write to "${directory}": ${reason}`, {
      hint: "choose another --out",
    });
  }
}

function format({ points, found, run, missing, table }: SweepSummary): string {
  const counts = `${points} points: ${found} found, ${run} run, ${missing} missing`;
  const next = table ?? "no table before all are there: run the other shards, then --merge";
  return `${counts}\n${next}\n`;
}

function notAll(missing: number, { points }: LoadedSweep): UserError {
  return new UserError(`${missing} of ${points.length} points are missing`, {
    hint: "run the shards that are left, or the same command without --merge",
  });
}

function failure(failed: readonly PointResult[], { points }: SweepSummary): UserError {
  const [first] = failed;
  return new UserError(`${failed.length} of ${points} points failed, the first: ${first!.error}`, {
    hint: "see the table's column error; the same command tries them again",
  });
}
