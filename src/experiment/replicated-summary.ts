/**
 * Summaries of replications as one: means over the replications with 95 % intervals by Student's t,
 * counts summed, the largest maximum; stable where they are together.
 */

import { sum } from "d3-array";
import { meanOver } from "./replications.ts";
import { areStable, type Stability } from "./stability.ts";
import type { SampleSummary } from "./statistics.ts";

/** Numbers that are counts. */
const COUNTS: ReadonlySet<string> = new Set([
  "arrived",
  "completed",
  "failed",
  "unfinished",
  "calls",
  "events",
]);

/** Ends the key of the interval of what the rest of the key names. */
const INTERVAL = "_ci95";

type Fields = Readonly<Record<string, unknown>>;

/** A replication's summary, and what its stability is judged by. */
export interface Replicated<Summary> {
  readonly simulated: Summary;
  readonly stability: Stability;
}

/** The part of a summary whose interval decides whether more replications are needed. */
export type Latencies = { readonly latency_seconds: Pick<SampleSummary, "mean"> };

/** One summary of replications, which have the same keys; of a single one, its own. */
export function overReplications<Summary extends { readonly stable: boolean }>(
  replications: readonly Replicated<Summary>[],
): Summary {
  const summaries = replications.map(({ simulated }) => simulated);
  if (summaries.length === 1) return summaries[0]!;
  const stable = areStable(replications.map(({ stability }) => stability));
  return { ...(merge(summaries as readonly Fields[]) as Summary), stable };
}

/**
 * Half of the interval of the mean latency over replications, as part of the mean; null where there
 * is none.
 */
export function relativeHalfWidth(replications: readonly Replicated<Latencies>[]): number | null {
  const means = replications.map(({ simulated }) => simulated.latency_seconds.mean);
  const latency = meanOver(known(means));
  if (latency === null || latency.interval === null) return null;
  return (latency.interval[1] - latency.value) / latency.value;
}

function merge(summaries: readonly Fields[]): Fields {
  const keys = Object.keys(summaries[0]!);
  return Object.fromEntries(keys.map((key) => [key, mergeField(key, summaries)]));
}

function mergeField(key: string, summaries: readonly Fields[]): unknown {
  const values = summaries.map((summary) => summary[key]);
  const [first] = values;
  if (key.endsWith(INTERVAL)) {
    const estimated = key.slice(0, -INTERVAL.length);
    return meanOver(known(summaries.map((summary) => summary[estimated])))?.interval ?? null;
  }
  if (typeof first === "object" && first !== null) return merge(values as readonly Fields[]);
  const numbers = known(values);
  if (key === "replications" || COUNTS.has(key)) return sum(numbers);
  if (key === "max") return numbers.length === 0 ? null : Math.max(...numbers);
  return meanOver(numbers)?.value ?? null;
}

function known(values: readonly unknown[]): number[] {
  return values.filter((value) => typeof value === "number");
}
