/**
 * The document of a comparison of planners: their points and peaks, and the ratios of pairs.
 */

import {
  type Judged,
  meanPeak,
  type PairRatios,
  pairRatios,
  peakOver,
  type RatePoint,
  REFERENCE,
} from "./compare-ratios.ts";
import { PEAK_RESOLUTION } from "./peak.ts";
import type { Workload } from "./preparation.ts";
import { meanOver } from "./replications.ts";
import type { QuantileInterval } from "./statistics.ts";

type Interval = readonly [number, number];

/** One planner at one rate: means over the replications. */
export interface PlannerPoint {
  readonly rate_per_second: number;
  /** The rate that its plan is for: lower where the planner refuses this one. */
  readonly planned_rate_per_second: number;
  /** In all replications. */
  readonly stable: boolean;
  readonly throughput_per_second: number | null;
  readonly throughput_ci95: Interval | null;
  readonly latency_mean_seconds: number | null;
  readonly latency_mean_ci95: Interval | null;
  readonly latency_p95_seconds: number | null;
  readonly latency_p95_ci95: QuantileInterval | null;
}

/** One planner. */
export interface PlannerComparison {
  readonly points: readonly PlannerPoint[];
  readonly peak_throughput_per_second: number | null;
  readonly peak_throughput_ci95: Interval | null;
  /** By replication. */
  readonly peaks_per_second: readonly (number | null)[];
  /** Why it has no plan at any rate. */
  readonly infeasible: string | null;
}

/** A pair; latencies by part of the lower peak. */
export interface RatioComparison {
  readonly throughput: number | null;
  readonly throughput_ci95: Interval | null;
  readonly latency_at_load: Readonly<Record<string, number | null>>;
  readonly latency_at_load_ci95: Readonly<Record<string, Interval | null>>;
  /** The other's minus scepsy's, paired by replication. */
  readonly latency_difference_at_load_seconds: Readonly<Record<string, number | null>>;
  readonly latency_difference_at_load_ci95: Readonly<Record<string, Interval | null>>;
  /** The rates of these parts, to three digits. */
  readonly rate_at_load_per_second: Readonly<Record<string, number | null>>;
}

/** The document of `compare --json`. */
export interface ComparisonDocument {
  readonly schema_version: number;
  readonly workload: string;
  readonly cluster: string;
  readonly seed: number;
  readonly replications: number;
  readonly planners: Readonly<Record<string, PlannerComparison>>;
  readonly ratios: Readonly<Record<string, RatioComparison>>;
}

/** Version of the document. */
const SCHEMA_VERSION = 1;

/** The document of judged planners. */
export function comparisonDocument(
  { workflow, cluster, seed, replications }: Workload & { readonly replications: number },
  planners: readonly Judged[],
): ComparisonDocument {
  const reference = planners.find(({ name }) => name === REFERENCE);
  const pairs = planners
    .filter((planner) => reference !== undefined && planner !== reference)
    .map((other) => [`${REFERENCE}/${other.name}`, formatRatios(pairRatios(reference!, other))]);
  return {
    schema_version: SCHEMA_VERSION,
    workload: workflow.name,
    cluster: cluster.name,
    seed,
    replications,
    planners: Object.fromEntries(planners.map((planner) => [planner.name, formatPlanner(planner)])),
    ratios: Object.fromEntries(pairs),
  };
}

function formatPlanner({ peaks, points, reason }: Judged): PlannerComparison {
  const [low, high] = peakOver(peaks)?.interval ?? [];
  return {
    points: points.map(formatPoint),
    peak_throughput_per_second: meanPeak(peaks),
    peak_throughput_ci95:
      low === undefined || high === undefined ? null : [low, high * (1 + PEAK_RESOLUTION)],
    peaks_per_second: peaks,
    infeasible: reason,
  };
}

function formatPoint({ rate, plannedRate, results }: RatePoint): PlannerPoint {
  const over = (values: readonly (number | null)[]) => {
    return meanOver(values.filter((value) => value !== null));
  };
  const throughput = over(results.map((result) => result.throughput));
  const latency = over(results.map(({ latencyMean }) => latencyMean));
  const p95 = over(results.map(({ latencyP95 }) => latencyP95));
  const isReplicated = results.length > 1;
  return {
    rate_per_second: rate,
    planned_rate_per_second: plannedRate,
    stable: results.every(({ isStable }) => isStable),
    throughput_per_second: throughput?.value ?? null,
    throughput_ci95: throughput?.interval ?? null,
    latency_mean_seconds: latency?.value ?? null,
    latency_mean_ci95: isReplicated ? (latency?.interval ?? null) : results[0]!.latencyInterval,
    latency_p95_seconds: p95?.value ?? null,
    latency_p95_ci95: isReplicated ? (p95?.interval ?? null) : results[0]!.latencyP95Interval,
  };
}

function formatRatios({ throughput, latencies }: PairRatios): RatioComparison {
  const byLoad = <V>(figure: (latency: PairRatios["latencies"][number]) => V) =>
    Object.fromEntries(latencies.map((latency) => [String(latency.load), figure(latency)]));
  return {
    throughput: throughput?.value ?? null,
    throughput_ci95: throughput?.interval ?? null,
    latency_at_load: byLoad(({ ratio }) => ratio?.value ?? null),
    latency_at_load_ci95: byLoad(({ ratio }) => ratio?.interval ?? null),
    latency_difference_at_load_seconds: byLoad(({ difference }) => difference?.value ?? null),
    latency_difference_at_load_ci95: byLoad(({ difference }) => difference?.interval ?? null),
    rate_at_load_per_second: byLoad(({ rate }) => rate),
  };
}
