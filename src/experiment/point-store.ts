/**
 * The finished points of sweeps in a folder that any number of processes and machines may share: a
 * file a point, named by its key. Whoever finds all points of a sweep there can write its table.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { assert, UserError } from "../errors.ts";
import { writeWhole } from "../records/whole-file.ts";
import { boundFolder, keptKeys, readKept, writeKept } from "./kept-files.ts";
import { pointsTable } from "./points-table.ts";
import type { PointResult, SweepPoint } from "./sweep-point.ts";

/** Bytes of all points kept, some 3 kB each; points of the sweep at hand are never removed. */
const BYTES_MAX = 2 ** 30;

/** Where finished points are kept: below the results directory. */
export function pointFolder(out: string | undefined): string {
  return join(out ?? "results", ".cache", "points");
}

/** The result of a point; undefined for none. */
export function readPoint(folder: string, key: string): PointResult | undefined {
  return readKept(folder, key) as PointResult | undefined;
}

/** Keeps the result of a point. */
export function writePoint(folder: string, key: string, result: PointResult): void {
  try {
    writeKept(folder, key, result);
  } catch (error) {
    throw notWritable(folder, error);
  }
}

/** Forgets the result of a point, if there is one. */
export function removePoint(folder: string, key: string): void {
  rmSync(join(folder, `${key}.json`), { force: true });
}

/** Points without a result that can be read; with `isRetrying`, failed points count among them. */
export function missingPoints(
  folder: string,
  points: readonly SweepPoint[],
  isRetrying: boolean,
): SweepPoint[] {
  const kept = keptKeys(folder);
  return points.filter(({ key }) => {
    const result = kept.has(key) ? readPoint(folder, key) : undefined;
    return result === undefined || (isRetrying && result.error !== null);
  });
}

/** Writes the table of all points, which must be there; returns the points that failed. */
export async function writeTable(
  file: string,
  folder: string,
  points: readonly SweepPoint[],
): Promise<PointResult[]> {
  const results = points.map(({ key }) => {
    const result = readPoint(folder, key);
    assert(result !== undefined, `the result of point ${key} is gone`);
    return result;
  });
  const bytes = await pointsTable(results);
  try {
    writeWhole(file, bytes);
  } catch (error) {
    throw notWritable(file, error);
  }
  boundFolder(folder, BYTES_MAX, new Set(points.map(({ key }) => key)));
  return results.filter(({ error }) => error !== null);
}

function notWritable(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(`cannot write to "${path}": ${reason}`, {
    hint: "choose another --out, or make room and permissions there; finished points are kept",
  });
}
