/**
 * What planners are compared by: scepsy's peak throughput against another's, and the other's
 * latency against scepsy's at parts of the lower of the two peaks. Over one, scepsy is better.
 */

import { PEAK_RESOLUTION } from "./peak.ts";
import { type Estimate, geometricMeanOver, meanOver } from "./replications.ts";
import type { TrialResult } from "./trial.ts";

/** The planner that the others are set against. */
export const REFERENCE = "scepsy";

/** Parts of the lower peak at which latencies are compared. */
const LOADS = [0.25, 0.5, 0.75, 0.9] as const;

/** Trials at a rate, with the plan for `plannedRate`, by replication. */
export interface RatePoint {
  readonly rate: number;
  readonly plannedRate: number;
  readonly results: readonly TrialResult[];
}

/** A planner with its peaks by replication; null where no rate was sustained. */
export interface Peaked {
  readonly name: string;
  readonly peaks: readonly (number | null)[];
}

/** A planner with the rates at which it was tried. */
export interface Judged extends Peaked {
  /** Why it has no plan at any rate; null where it has one. */
  readonly reason: string | null;
  readonly points: readonly RatePoint[];
}

/** The ratios of a pair, by part of the lower peak where they are latencies. */
export interface PairRatios {
  readonly throughput: Estimate | null;
  readonly latencies: readonly {
    readonly load: number;
    readonly rate: number | null;
    /** Null where one of the two is not stable in a replication. */
    readonly ratio: Estimate | null;
    /** The other's minus the reference's in seconds, likewise. */
    readonly difference: Estimate | null;
  }[];
}

/** A peak over replications, null where one sustained nothing. */
export function peakOver(peaks: readonly (number | null)[]): Estimate | null {
  const known = peaks.filter((peak) => peak !== null);
  return known.length < peaks.length ? null : geometricMeanOver(known);
}

/** The mean of peaks; null where a replication sustained nothing. */
export function meanPeak(peaks: readonly (number | null)[]): number | null {
  return peakOver(peaks)?.value ?? null;
}

/**
 * The rates at which the latency of one of `planners` is compared, to three digits: parts of the
 * lower peak of its pair with the reference, of the reference's all pairs; of its own peak where
 * there is no pair. No ratio needs it elsewhere, and trials are what a comparison takes time for.
 */
export function loadRates(planner: Peaked, planners: readonly Peaked[]): number[] {
  const reference = planners.find(({ name }) => name === REFERENCE);
  const others = planners.filter((other) => other !== reference);
  const isPaired = reference !== undefined && others.length > 0;
  const partners = planner === reference ? others : [planner];
  const peaks = isPaired
    ? partners.map((other) => lowerPeak(reference, other))
    : [meanPeak(planner.peaks)];
  return peaks
    .filter((peak) => peak !== null)
    .flatMap((peak) => LOADS.map((load) => rateAtLoad(load, peak)));
}

/** How `reference` does against `other`. */
export function pairRatios(reference: Judged, other: Judged): PairRatios {
  const quotients = reference.peaks.map((peak, index) => quotient(peak, other.peaks[index]!));
  const lower = lowerPeak(reference, other);
  return {
    throughput: widened(ratioOver(quotients)),
    latencies: LOADS.map((load) => {
      if (lower === null) return { load, rate: null, ratio: null, difference: null };
      const rate = rateAtLoad(load, lower);
      return { load, rate, ...pairedLatencies(rate, reference, other) };
    }),
  };
}

/** Three digits: what people would ask for, and rates of several pairs fall together. */
function rateAtLoad(load: number, peak: number): number {
  return Number((load * peak).toPrecision(3));
}

function lowerPeak(a: Peaked, b: Peaked): number | null {
  const peaks = [meanPeak(a.peaks), meanPeak(b.peaks)].filter((peak) => peak !== null);
  return peaks.length < 2 ? null : Math.min(...peaks);
}

/** Both of a pair in each replication, which had the same executions at the same times. */
function pairedLatencies(
  rate: number,
  reference: Judged,
  other: Judged,
): { readonly ratio: Estimate | null; readonly difference: Estimate | null } {
  const [ours, theirs] = [reference, other].map(({ points }) =>
    points.find((point) => point.rate === rate),
  );
  const results = ours?.results ?? [];
  const pairs = results.flatMap((result, index) => {
    const against = theirs?.results[index];
    if (!result.isStable || against === undefined || !against.isStable) return [];
    const [own, their] = [result.latencyMean, against.latencyMean];
    return own === null || their === null ? [] : [{ own, their }];
  });
  if (pairs.length < results.length) return { ratio: null, difference: null };
  return {
    ratio: geometricMeanOver(pairs.map(({ own, their }) => their / own)),
    difference: meanOver(pairs.map(({ own, their }) => their - own)),
  };
}

function quotient(numerator: number | null, denominator: number | null): number | null {
  return numerator === null || denominator === null ? null : numerator / denominator;
}

/** Over replications that all have the ratio. */
function ratioOver(quotients: readonly (number | null)[]): Estimate | null {
  const known = quotients.filter((each) => each !== null);
  return known.length < quotients.length ? null : geometricMeanOver(known);
}

/** Peaks are known to a resolution that replications may share. */
function widened(ratio: Estimate | null): Estimate | null {
  if (ratio === null || ratio.interval === null) return ratio;
  const [low, high] = ratio.interval;
  return {
    value: ratio.value,
    interval: [low / (1 + PEAK_RESOLUTION), high * (1 + PEAK_RESOLUTION)],
  };
}
