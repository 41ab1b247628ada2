/**
 * Trials of a plan in replications, which differ by their seeds alone: the same for all plans. How
 * many calls one of them simulates is capped.
 */

import { sum } from "d3-array";
import { callRate, type PredictionProblem } from "../../predictor/prediction.ts";
import { type Estimate, meanOver } from "../replications.ts";
import type { Trial, TrialResult } from "../trial.ts";
import { type FigureContext, SEED } from "./figure.ts";

/** A mean latency in seconds with its 95 % interval over replications. */
export interface ReplicatedLatency {
  readonly latency_seconds: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** In every replication. */
  readonly isStable: boolean;
}

/** How many replications there are. */
function replicationsOf(context: Pick<FigureContext, "pick">): number {
  return context.pick(3, 1);
}

/** The most executions of a replication: of about so many calls, in two digits. */
export function mostExecutions(
  context: Pick<FigureContext, "pick">,
  problem: PredictionProblem,
): number {
  const rate = sum(problem.workflows, (workflow) => workflow.rate);
  const calls = sum(problem.profiles, (_, llm) => callRate(problem, llm)) / rate;
  return Number((context.pick(150_000, 90_000) / calls).toPrecision(2));
}

/** What replications are, in words; `most` is the limit for each workload. */
export function describeReplications(
  context: Pick<FigureContext, "pick">,
  most: readonly number[],
): string {
  const limits = most.map((limit) => limit.toLocaleString("en-US")).join(" and ");
  return describeRuns(
    context,
    `1,000 executions and 12 latencies (99th percentile, alone) at least, but ${limits} at most ` +
      "(three times as many where growth is in doubt)",
  );
}

/** The same of so many executions. */
export function describeRuns(context: Pick<FigureContext, "pick">, executions: string): string {
  const count = replicationsOf(context);
  const measured = `of ${executions}, the first tenth not measured`;
  return count === 1
    ? `one run ${measured}`
    : `${count} replications ${measured}; bands: 95 % intervals over them`;
}

/** Runs a trial in all replications. */
export function replicatedTrial(
  context: Pick<FigureContext, "pool" | "pick">,
  trial: Omit<Trial, "seed">,
): Promise<TrialResult[]> {
  const seeds = Array.from({ length: replicationsOf(context) }, (_, index) => SEED + index);
  return Promise.all(seeds.map((seed) => context.pool.run("trial", { ...trial, seed })));
}

/** The mean latency of a trial; null where a replication completed nothing. */
export async function latencyOver(
  context: Pick<FigureContext, "pool" | "pick">,
  trial: Omit<Trial, "seed">,
): Promise<ReplicatedLatency> {
  const results = await replicatedTrial(context, trial);
  const isStable = results.every((result) => result.isStable);
  const latencies = results.flatMap(({ latencyMean }) => latencyMean ?? []);
  const mean = latencies.length < results.length ? null : meanOver(latencies);
  return { latency_seconds: mean?.value ?? null, ...bandOf(mean), isStable };
}

/** The ends of an interval, as columns of a table. */
export function bandOf(estimate: Estimate | null): { low: number | null; high: number | null } {
  return { low: estimate?.interval?.[0] ?? null, high: estimate?.interval?.[1] ?? null };
}
