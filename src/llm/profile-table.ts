/**
 * Latency of an LLM's calls on one replica against the rate at which they come, per TP degree,
 * for a whole GPU per rank. A share of the GPU is taken to stretch time by a factor s, which
 * changes nothing but the unit of time of the queue:
 *
 *   L(rate; share) = s · L(s · rate; 1)      T(share) = T(1) / s
 *
 * Left out: that a smaller share usually comes with less KV memory.
 */

import type { Curve } from "../hardware/curve.ts";
import { evaluateCurve } from "../hardware/curve.ts";

/** Rates beyond this part of saturation are not used: there a queue never settles. */
export const HIGHEST_LOAD = 0.95;

/** One LLM on one replica of a TP degree and whole GPUs. */
export interface TpProfile {
  readonly tp: number;
  /** Calls per second at saturation. */
  readonly maxCallRate: number;
  /** Increasing call rates, the first near zero, and the mean call latency at each. */
  readonly callRates: readonly number[];
  readonly latencies: readonly number[];
  /** Stretch s ≥ 1 of time against the share. */
  readonly stretchOfShare: Curve;
}

/** The profile of an LLM, by TP degree. */
export interface LlmProfile {
  readonly byTp: ReadonlyMap<number, TpProfile>;
}

/** Size of one replica. */
export interface ReplicaSize {
  readonly tp: number;
  readonly share: number;
}

/** Calls per second that a replica of this size sustains; 0 if it was not profiled. */
export function maxCallRate(profile: LlmProfile, { tp, share }: ReplicaSize): number {
  const table = profile.byTp.get(tp);
  return table === undefined ? 0 : table.maxCallRate / evaluateCurve(table.stretchOfShare, share);
}

/** Mean call latency at `callRate`; Infinity past the highest load. */
export function callLatency(profile: LlmProfile, size: ReplicaSize, callRate: number): number {
  const table = profile.byTp.get(size.tp);
  if (table === undefined) return Infinity;
  const stretch = evaluateCurve(table.stretchOfShare, size.share);
  const rate = callRate * stretch;
  if (rate > HIGHEST_LOAD * table.maxCallRate) return Infinity;
  return stretch * interpolate(table.callRates, table.latencies, rate);
}

/** Linear interpolation, flat outside the points. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  if (x <= xs[0]!) return ys[0]!;
  for (let upper = 1; upper < xs.length; upper++) {
    if (x > xs[upper]!) continue;
    const fraction = (x - xs[upper - 1]!) / (xs[upper]! - xs[upper - 1]!);
    return ys[upper - 1]! + fraction * (ys[upper]! - ys[upper - 1]!);
  }
  return ys[ys.length - 1]!;
}
