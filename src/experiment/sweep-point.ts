/**
 * One point of a sweep: a run, as plain data that crosses threads. Its key is a hash of all that
 * decides its result: the content of the files it reads, its options and the program.
 */

import { createHash } from "node:crypto";
import { fixedPlanner } from "../baselines/user.ts";
import type { PointOptions } from "../config/sweep-schema.ts";
import type { Deployment } from "../deployment/plan.ts";
import { UserError } from "../errors.ts";
import { PLANNERS } from "./planners.ts";
import { codeHash } from "./profile-cache.ts";
import { reproduciblePart } from "./result-files.ts";
import { type RunRequest, run } from "./run.ts";
import type { RunSummary } from "./summary.ts";

/** A run asked for, without functions. */
export interface PointInput extends Omit<RunRequest, "planner"> {
  /** Name of a planner; with `userPlan`, "user". */
  readonly planner: string;
  readonly userPlan?: Deployment;
}

/** A point with what names it. */
export interface SweepPoint {
  readonly key: string;
  /** As the sweep file has them. */
  readonly options: PointOptions;
  readonly input: PointInput;
}

/** The part of a run's summary that follows from its inputs alone. */
export type PointSummary = Omit<RunSummary, "results" | "wall_seconds">;

/** What is kept of a finished point: one of summary and error is null. */
export interface PointResult {
  readonly schema_version: 1;
  readonly options: PointOptions;
  readonly summary: PointSummary | null;
  readonly error: string | null;
}

/** The key of a point, from its options and the hashes of its files in the order of reading. */
export function pointKey(input: PointInput, fileHashes: readonly string[]): string {
  const { workflow, llms, cluster, userPlan: _, sharings: __, profiles: ___, ...options } = input;
  const names = [workflow.name, cluster.name, ...llms.flatMap((llm) => [llm.name, llm.model.name])];
  return createHash("sha256")
    .update(codeHash())
    .update(JSON.stringify([names, options, fileHashes]))
    .digest("hex")
    .slice(0, 32);
}

/** Runs a point in this thread. */
export async function runPoint({ planner: name, ...input }: PointInput): Promise<PointSummary> {
  const { userPlan } = input;
  const planner =
    userPlan === undefined
      ? PLANNERS.find((candidate) => candidate.name === name)
      : fixedPlanner(userPlan);
  if (planner === undefined) throw new UserError(`unknown planner "${name}"`);
  const { summary } = await run({ ...input, planner }, () => {});
  return reproduciblePart(summary) as PointSummary;
}

/** What is kept of a point that could not be run. */
export function failedResult(options: PointOptions, error: unknown): PointResult {
  const message = error instanceof Error ? error.message : String(error);
  const text = error instanceof UserError ? message : `bug in sim: ${message}`;
  return { schema_version: 1, options, summary: null, error: text };
}

/** What is kept of a point that was run. */
export function finishedResult(options: PointOptions, summary: PointSummary): PointResult {
  return { schema_version: 1, options, summary, error: null };
}
