/**
 * A comparison of planners as people read it: peaks, latency by rate, and what scepsy wins and
 * loses, in words.
 */

import { styleText } from "node:util";
import Table from "cli-table3";
import type {
  ComparisonDocument,
  PlannerComparison,
  RatioComparison,
} from "../experiment/compare-document.ts";
import { formatDuration, formatRate } from "../units.ts";
import { duration, rate } from "./table-values.ts";

/** Where the results are, and how long they took. */
export interface ComparisonFooter {
  readonly results: string;
  readonly picture: string | null;
  readonly seconds: number;
}

/** The text of `sim compare`. */
export function formatComparison(
  comparison: ComparisonDocument,
  { results, picture, seconds }: ComparisonFooter,
): string {
  const { workload, cluster, replications, seed } = comparison;
  const runs = replications === 1 ? "1 replication" : `${replications} replications`;
  const sections = [
    styleText("bold", `${workload} on ${cluster}, ${runs} from seed ${seed}`),
    formatPeaks(comparison),
    formatPoints(comparison),
    formatVerdicts(comparison),
    `Results: ${results}${picture === null ? "" : `, picture ${picture} and .svg`}    ` +
      `in ${formatDuration(seconds)}`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function formatPeaks({ planners, ratios }: ComparisonDocument): string {
  const table = new Table({
    head: ["planner", "peak throughput", "95 % interval", "scepsy's is", "95 % interval"],
    colAligns: ["left", ...Array(4).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, planner] of Object.entries(planners)) {
    const { throughput, throughput_ci95 } = ratios[`scepsy/${name}`] ?? {};
    table.push([
      name,
      rate(planner.peak_throughput_per_second),
      between(planner.peak_throughput_ci95, formatRate),
      throughput == null ? "" : times(throughput),
      throughput_ci95 == null ? "" : between(throughput_ci95, times),
    ]);
  }
  const infeasible = Object.entries(planners)
    .filter(([, { infeasible }]) => infeasible !== null)
    .map(([name, planner]) => `\n${name} has no plan at any rate: ${planner.infeasible}`);
  return table.toString() + infeasible.join("");
}

/** Mean latency, a row a rate. */
function formatPoints({ planners }: ComparisonDocument): string {
  const all = Object.values(planners).flatMap(({ points }) => points);
  const rates = [...new Set(all.map((point) => point.rate_per_second))].sort((a, b) => a - b);
  if (rates.length === 0) return "";
  const table = new Table({
    head: ["mean latency", ...Object.keys(planners)],
    colAligns: Array(1 + Object.keys(planners).length).fill("right"),
    style: { head: [], border: [] },
  });
  for (const at of rates) {
    table.push([formatRate(at), ...Object.values(planners).map((each) => latencyAt(each, at))]);
  }
  const notes = [
    all.some(({ stable }) => !stable) ? "! not stable in every replication" : "",
    all.some(isServedByLower) ? "* refused at this rate: served by the plan for a lower one" : "",
    "– beyond the planner's peak, or needed for no ratio",
  ];
  return `${table.toString()}\n${notes.filter((note) => note !== "").join("   ")}`;
}

function latencyAt({ points }: PlannerComparison, at: number): string {
  const point = points.find(({ rate_per_second }) => rate_per_second === at);
  if (point === undefined) return "–";
  const { latency_mean_seconds: mean, latency_mean_ci95: interval } = point;
  const half = interval === null ? "" : ` ± ${formatDuration((interval[1] - interval[0]) / 2)}`;
  const marks = `${point.stable ? "" : " !"}${isServedByLower(point) ? " *" : ""}`;
  return `${duration(mean)}${half}${marks}`;
}

function isServedByLower(point: PlannerComparison["points"][number]): boolean {
  return point.planned_rate_per_second < point.rate_per_second;
}

/** What scepsy wins and loses, a line a pair and verdict. */
function formatVerdicts({ planners, ratios }: ComparisonDocument): string {
  return Object.entries(ratios)
    .flatMap(([pair, ratio]) => {
      const [ours, theirs] = pair.split("/") as [string, string];
      const { wins, losses, open } = verdicts(ratio, [planners[ours]!, planners[theirs]!]);
      const lines = [
        wins.length > 0 ? `${ours} beats ${theirs}: ${wins.join("; ")}` : "",
        losses.length > 0 ? `${ours} loses to ${theirs}: ${losses.join("; ")}` : "",
        open.length > 0 ? `no certain difference from ${theirs}: ${open.join("; ")}` : "",
      ];
      return lines.filter((line) => line !== "");
    })
    .join("\n");
}

/**
 * By whether a ratio's interval is above one, below one, or neither; where only one of the two is
 * stable, that one wins.
 */
function verdicts(
  ratio: RatioComparison,
  [ours, theirs]: readonly [PlannerComparison, PlannerComparison],
) {
  const wins: string[] = [];
  const losses: string[] = [];
  const open: string[] = [];
  const judge = (value: number, interval: readonly [number, number] | null, what: string) => {
    const [low, high] = interval ?? [0, Infinity];
    if (low > 1) wins.push(`${what} (${times(value)})`);
    else if (high < 1) losses.push(`${what} (${times(value)})`);
    else open.push(what);
  };
  if (ratio.throughput !== null) {
    judge(ratio.throughput, ratio.throughput_ci95, "peak throughput");
  }
  for (const [load, value] of Object.entries(ratio.latency_at_load)) {
    const what = `latency at ${Math.round(100 * Number(load))} % of the lower peak`;
    if (value !== null) judge(value, ratio.latency_at_load_ci95[load] ?? null, what);
    else {
      const at = ratio.rate_at_load_per_second[load] ?? null;
      const [isOurs, isTheirs] = [ours, theirs].map((planner) => isStableAt(planner, at));
      if (isOurs && !isTheirs) wins.push(`${what} (the other is not stable)`);
      else if (isTheirs && !isOurs) losses.push(`${what} (not stable)`);
      else if (at !== null) open.push(`${what} (neither is stable)`);
    }
  }
  return { wins, losses, open };
}

function isStableAt({ points }: PlannerComparison, at: number | null): boolean {
  return points.some(({ rate_per_second, stable }) => rate_per_second === at && stable);
}

function times(value: number): string {
  return `${value.toPrecision(3)}x`;
}

function between(
  interval: readonly [number, number] | null,
  format: (value: number) => string,
): string {
  return interval === null ? "–" : `${format(interval[0])} – ${format(interval[1])}`;
}
