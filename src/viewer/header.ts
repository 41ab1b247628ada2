/**
 * The top of the page: what ran, and what came of it; of two runs, one beside the other.
 */

import { formatDuration, formatPercent, formatRate } from "../units.ts";
import type { RunDocument } from "../view-server/run-document.ts";
import { element } from "./dom.ts";
import { grouped } from "./time-window.ts";

/** Fills the header; `sameCount` is how many executions two runs have in common. */
export function buildHeader(
  place: HTMLElement,
  runs: readonly RunDocument[],
  sameCount: number,
): void {
  const [first, second] = runs as readonly [RunDocument, RunDocument | undefined];
  const title = element("h1", {}, `${first.workload} on ${first.cluster}`);
  const subtitle = element("p", { class: "soft" }, subtitleOf(first, second, sameCount));
  const figures = element("dl", { class: "figures" });
  for (const { name, value } of FIGURES) {
    const texts = runs.map((run) => value(run));
    figures.append(
      element(
        "div",
        {},
        element("dt", {}, name),
        ...texts.map((text, run) => element("dd", {}, ...labelled(text, run, runs.length))),
      ),
    );
  }
  place.append(element("div", { class: "titles" }, title, subtitle), figures);
  document.title = `${first.workload} on ${first.cluster}: sim view`;
}

function labelled(text: string, run: number, count: number): (Node | string)[] {
  return count === 1 ? [text] : [element("b", { class: "run-letter" }, "AB"[run]!), text];
}

function subtitleOf(
  first: RunDocument,
  second: RunDocument | undefined,
  sameCount: number,
): string {
  if (second !== undefined) {
    const { executions } = first.counts;
    return (
      `A: ${first.planner}, B: ${second.planner}` +
      (second.workload === first.workload ? "" : ` (${second.workload})`) +
      (second.cluster === first.cluster ? "" : ` on ${second.cluster}`) +
      ` · ${grouped(sameCount)} of A's ${grouped(executions)} executions are also B's`
    );
  }
  const { planner, rate, seed, counts, isStable } = first;
  return [
    planner,
    ...(rate === null ? [] : [`${formatRate(rate)} offered`]),
    `seed ${seed}`,
    isStable ? "stable" : "not stable",
    `${grouped(counts.executions)} executions`,
    `${grouped(counts.calls)} calls`,
    `${grouped(counts.segments)} segments`,
  ].join(" · ");
}

const orNone = (value: number | null, format: (known: number) => string) =>
  value === null ? "–" : format(value);

const FIGURES: readonly { name: string; value: (run: RunDocument) => string }[] = [
  { name: "mean latency", value: ({ latency }) => orNone(latency.mean, formatDuration) },
  { name: "p95", value: ({ latency }) => orNone(latency.p95, formatDuration) },
  { name: "throughput", value: ({ throughput }) => orNone(throughput, formatRate) },
  { name: "GPUs busy", value: ({ utilization }) => orNone(utilization, formatPercent) },
];
