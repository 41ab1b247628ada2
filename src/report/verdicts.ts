/**
 * What the reference of a comparison wins and loses against each other planner, in words: a
 * difference counts where the interval of the ratio leaves out one.
 */

import type {
  ComparedPair,
  ComparedPlanner,
  ComparedPoint,
  Comparison,
} from "../records/comparison-results.ts";
import { times } from "./cell-values.ts";

/** A pair, judged. */
export interface Verdict {
  readonly ours: string;
  readonly theirs: string;
  readonly wins: readonly string[];
  readonly losses: readonly string[];
  /** Where no difference is certain. */
  readonly open: readonly string[];
}

/** The verdicts on all pairs. */
export function verdicts({ planners, ratios }: Pick<Comparison, "planners" | "ratios">): Verdict[] {
  return Object.entries(ratios).map(([pair, ratio]) => {
    const { ours, theirs } = namesOf(pair);
    const judged = judge(ratio, [planners[ours], planners[theirs]]);
    return { ours, theirs, ...judged };
  });
}

/** The names of a pair `ours/theirs`; a planner from a file may have a slash in its name. */
export function namesOf(pair: string): { readonly ours: string; readonly theirs: string } {
  const slash = pair.indexOf("/");
  return { ours: pair.slice(0, slash), theirs: pair.slice(slash + 1) };
}

/** Whether the planner refuses the rate, so that a plan for a lower one serves it. */
export function isServedByLower(point: ComparedPoint): boolean {
  return point.planned_rate_per_second < point.rate_per_second;
}

/**
 * By whether a ratio's interval is above one, below one, or neither; where only one of the two is
 * stable, that one wins.
 */
function judge(
  ratio: ComparedPair,
  [ours, theirs]: readonly [ComparedPlanner | undefined, ComparedPlanner | undefined],
) {
  const wins: string[] = [];
  const losses: string[] = [];
  const open: string[] = [];
  const weigh = (value: number, interval: readonly [number, number] | null, what: string) => {
    const [low, high] = interval ?? [0, Infinity];
    if (low > 1) wins.push(`${what} (${times(value)})`);
    else if (high < 1) losses.push(`${what} (${times(value)})`);
    else open.push(what);
  };
  if (ratio.throughput !== null) {
    weigh(ratio.throughput, ratio.throughput_ci95, "peak throughput");
  }
  for (const [load, value] of Object.entries(ratio.latency_at_load)) {
    const what = `latency at ${Math.round(100 * Number(load))} % of the lower peak`;
    if (value !== null) {
      weigh(value, ratio.latency_at_load_ci95[load] ?? null, what);
      continue;
    }
    const at = ratio.rate_at_load_per_second[load] ?? null;
    const [isOurs, isTheirs] = [ours, theirs].map((planner) => isStableAt(planner, at));
    if (isOurs && !isTheirs) wins.push(`${what} (the other is not stable)`);
    else if (isTheirs && !isOurs) losses.push(`${what} (not stable)`);
    else if (at !== null) open.push(`${what} (neither is stable)`);
  }
  return { wins, losses, open };
}

function isStableAt(planner: ComparedPlanner | undefined, at: number | null): boolean {
  return (
    planner?.points.some(({ rate_per_second, stable }) => rate_per_second === at && stable) ?? false
  );
}
