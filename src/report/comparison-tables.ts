/** The tables of a comparison's report: peaks, latencies by rate, ratios, wins and losses. */

import type { ComparedPlanner, Comparison } from "../records/comparison-results.ts";
import { formatRate } from "../units.ts";
import { ABSENT, rate, times } from "./cell-values.ts";
import { html, type Markup } from "./html.ts";
import { between, latencyCell } from "./interval-cells.ts";
import { dataTable } from "./report-page.ts";
import { isServedByLower, namesOf, verdicts } from "./verdicts.ts";

/** Peaks, and the reference's beside them. */
export function peaksTable({ planners, ratios }: Comparison): Markup {
  const reference = referenceOf({ ratios });
  const head = ["planner", "peak throughput", "95 % interval"];
  const paired = reference === undefined ? [] : [`${reference}'s is`, "95 % interval"];
  const rows = Object.entries(planners).map(([name, planner]) => {
    const { throughput, throughput_ci95 } = ratios[`${reference}/${name}`] ?? {};
    return [
      name,
      rate(planner.peak_throughput_per_second),
      between(planner.peak_throughput_ci95, formatRate),
      ...(reference === undefined ? [] : [times(throughput), between(throughput_ci95, times)]),
    ];
  });
  const caption = "The largest stable rate, to 2 %, and its interval over the replications";
  return dataTable(caption, [...head, ...paired], rows);
}

/** The planner that the others are set against; undefined without a pair. */
export function referenceOf({ ratios }: Pick<Comparison, "ratios">): string | undefined {
  const [pair] = Object.keys(ratios);
  return pair === undefined ? undefined : namesOf(pair).ours;
}

/** Why planners have no plan; nothing where all have one. */
export function infeasibleNotes({ planners }: Comparison): Markup[] {
  return Object.entries(planners).flatMap(([name, { infeasible }]) =>
    infeasible === null
      ? []
      : [html`<p><span class="bad">${name}</span> has no plan at any rate: ${infeasible}</p>`],
  );
}

/** Mean latencies, a row a rate. */
export function latencyTable({ planners }: Comparison): Markup | undefined {
  const all = Object.values(planners).flatMap(({ points }) => points);
  const rates = [...new Set(all.map((point) => point.rate_per_second))].sort((a, b) => a - b);
  if (rates.length === 0) return undefined;
  const notes = [
    "Mean latency by rate; –: beyond the planner's peak",
    ...(all.some(({ stable }) => !stable) ? ["!: not stable in every replication"] : []),
    ...(all.some(isServedByLower) ? ["*: refused, served by the plan for a lower rate"] : []),
  ];
  const rows = rates.map((at) => [
    formatRate(at),
    ...Object.values(planners).map((planner) => latencyAt(planner, at)),
  ]);
  return dataTable(notes.join("; "), ["offered", ...Object.keys(planners)], rows);
}

function latencyAt({ points }: ComparedPlanner, at: number): string {
  const point = points.find(({ rate_per_second }) => rate_per_second === at);
  if (point === undefined) return ABSENT;
  const marks = `${point.stable ? "" : " !"}${isServedByLower(point) ? " *" : ""}`;
  return `${latencyCell(point.latency_mean_seconds, point.latency_mean_ci95)}${marks}`;
}

/** Latency ratios with their intervals, a row a pair. */
export function ratiosTable({ ratios }: Comparison): Markup | undefined {
  const loads = Object.keys(Object.values(ratios)[0]?.latency_at_load ?? {});
  if (loads.length === 0) return undefined;
  const rows = Object.entries(ratios).map(([pair, ratio]) => [
    namesOf(pair).theirs,
    ...loads.map((load) => {
      const value = times(ratio.latency_at_load[load]);
      const interval = ratio.latency_at_load_ci95[load];
      const at = rate(ratio.rate_at_load_per_second[load]);
      return interval == null ? `${value} at ${at}` : `${value} (${between(interval, times)})`;
    }),
  ]);
  const parts = loads.map((load) => `${Math.round(100 * Number(load))} %`);
  const caption =
    "Mean latency over the reference's at parts of the lower peak, with 95 % interval";
  return dataTable(caption, ["planner", ...parts], rows);
}

/** What the reference wins and loses, a paragraph a pair. */
export function verdictList(comparison: Comparison): Markup[] {
  return verdicts(comparison).map(({ ours, theirs, wins, losses, open }) => {
    const parts = [
      wins.length > 0 ? html`<li><span class="good">wins</span> ${wins.join("; ")}</li>` : "",
      losses.length > 0 ? html`<li><span class="bad">loses</span> ${losses.join("; ")}</li>` : "",
      open.length > 0 ? html`<li>no certain difference: ${open.join("; ")}</li>` : "",
    ];
    return html`<div class="verdict"><h3>${ours} against ${theirs}</h3><ul>${parts}</ul></div>
`;
  });
}
