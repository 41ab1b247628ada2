/** Trials of a plan in replications, which differ by their seeds alone: the same for all plans. */

import { meanOver } from "../replications.ts";
import type { Trial } from "../trial.ts";
import { type FigureContext, SEED } from "./figure.ts";

/** How long trials are, in words. */
export const TRIAL_LENGTH =
  "at least 1,000 executions and 12 latencies, the first tenth not measured";

/** A mean latency in seconds with its 95 % interval over replications. */
export interface ReplicatedLatency {
  readonly latency_seconds: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** In every replication. */
  readonly isStable: boolean;
}

/** The mean latency of trials; null where one completed nothing. */
export async function latencyOver(
  { pool }: Pick<FigureContext, "pool">,
  trial: Omit<Trial, "seed">,
  replications: number,
): Promise<ReplicatedLatency> {
  const results = await Promise.all(
    Array.from({ length: replications }, (_, index) =>
      pool.run("trial", { ...trial, seed: SEED + index }),
    ),
  );
  const latencies = results.flatMap(({ latencyMean }) => latencyMean ?? []);
  const mean = latencies.length < replications ? null : meanOver(latencies);
  return {
    latency_seconds: mean?.value ?? null,
    low: mean?.interval?.[0] ?? null,
    high: mean?.interval?.[1] ?? null,
    isStable: results.every((result) => result.isStable),
  };
}
