/**
 * Runs the points of a sweep on the threads of this machine. Every result is kept as soon as it is
 * there, so a sweep that is stopped or killed goes on where it was. A point that fails is recorded
 * with its error.
 */

import { writePoint } from "./point-store.ts";
import { prepare } from "./preparation.ts";
import { cachedProfiles, profileKey } from "./profile-cache.ts";
import { failedResult, finishedResult, type SweepPoint } from "./sweep-point.ts";
import { createThreads, type WorkerPool } from "./workers.ts";

/** How a sweep is run. */
export interface SweepSetup {
  /** Where results are kept. */
  readonly folder: string;
  /** Threads; they decide no result. */
  readonly workers: number;
  /** Told what goes on, and how many points are done. */
  readonly onProgress: (stage: string, done: number) => void;
}

/** Runs points and keeps their results. */
export async function runPoints(
  points: readonly SweepPoint[],
  { folder, workers, onProgress }: SweepSetup,
): Promise<void> {
  await profileAhead(points, (stage) => onProgress(stage, 0));
  const pool = await createThreads(workers);
  try {
    let done = 0;
    const onDone = () => onProgress(`${++done} of ${points.length} points`, done);
    await Promise.all(points.map((point) => runOne(pool, point, folder).then(onDone)));
  } finally {
    await pool.close();
  }
}

/** Runs one point and keeps its result, or its error. */
export async function runOne(
  pool: WorkerPool,
  { key, input, options }: SweepPoint,
  folder: string,
): Promise<void> {
  const result = await pool.run("point", input).then(
    (summary) => finishedResult(options, summary),
    (error: unknown) => failedResult(options, error),
  );
  writePoint(folder, key, result);
}

/** Makes the profiles that several points need once, on all cores, before the points. */
async function profileAhead(
  points: readonly SweepPoint[],
  onStage: (stage: string) => void,
): Promise<void> {
  const seen = new Set<string>();
  for (const { input } of points) {
    const { workflow, seed, llms, cluster, profiles } = input;
    if (profiles !== undefined) continue;
    const workload = { workflow, seed, llms, cluster };
    const key = profileKey(workload);
    if (seen.has(key)) continue;
    seen.add(key);
    if (cachedProfiles(key) !== undefined) continue;
    onStage(`profile ${workflow.name} on ${cluster.name}`);
    // An error is met, and recorded, by the points themselves.
    await prepare(workload, () => {}).catch(() => {});
  }
}
