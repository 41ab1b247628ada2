/**
 * A comparison of planners as people read it: peaks, latency by rate, and what scepsy wins and
 * loses, in words.
 */

import { styleText } from "node:util";
import Table from "cli-table3";
import type { ComparisonDocument, PlannerComparison } from "../experiment/compare-document.ts";
import { isServedByLower, verdicts } from "../report/verdicts.ts";
import { formatDuration, formatRate } from "../units.ts";
import { between, latencyCell, rate, times } from "./table-values.ts";

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
  const marks = `${point.stable ? "" : " !"}${isServedByLower(point) ? " *" : ""}`;
  return `${latencyCell(point.latency_mean_seconds, point.latency_mean_ci95)}${marks}`;
}

/** What scepsy wins and loses, a line a pair and verdict. */
function formatVerdicts(comparison: ComparisonDocument): string {
  return verdicts(comparison)
    .flatMap(({ ours, theirs, wins, losses, open }) => {
      const lines = [
        wins.length > 0 ? `${ours} beats ${theirs}: ${wins.join("; ")}` : "",
        losses.length > 0 ? `${ours} loses to ${theirs}: ${losses.join("; ")}` : "",
        open.length > 0 ? `no certain difference from ${theirs}: ${open.join("; ")}` : "",
      ];
      return lines.filter((line) => line !== "");
    })
    .join("\n");
}
