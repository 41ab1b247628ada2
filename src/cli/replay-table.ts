/**
 * A replay as people read it: the plan, simulated beside observed, where the time went.
 */

import Table from "cli-table3";
import type { ReplaySummary } from "../experiment/replay.ts";
import { formatPlan, formatTitle } from "./plan-table.ts";
import {
  formatBreakdown,
  formatEnds,
  formatFooter,
  formatLatency,
  formatLlms,
  meanWithInterval,
} from "./simulated-sections.ts";
import { duration, percent, rate, signed } from "./table-values.ts";

/** The text of `sim replay`. */
export function formatReplay(summary: ReplaySummary): string {
  const { plan, simulated } = summary;
  const comparison = `${formatComparison(summary)}\n${formatIntervals(summary)}`;
  const sections = [
    formatTitle(summary),
    formatPlan(plan),
    `${comparison}${formatEnds(simulated)}`,
    formatLatency(simulated),
    formatLlms(simulated),
    formatBreakdown(simulated),
    formatFooter(summary),
  ];
  return `${sections.join("\n\n")}\n`;
}

function formatIntervals({ intervals }: ReplaySummary): string {
  if (intervals === undefined) return "";
  const { level, latency_mean_seconds: interval } = intervals;
  const shown =
    interval === null
      ? "not known: no GPU or engine of the plan has errors in its file"
      : `${duration(interval[0])} to ${duration(interval[1])}`;
  return `mean latency, ${percent(level)} interval by the errors of what was fitted: ${shown}\n`;
}

/** Observed, where there is a measured run | simulated | error. */
function formatComparison({ simulated, observed, error }: ReplaySummary): string {
  const { latency_seconds: latency, throughput_per_second: throughput } = simulated;
  const rows: (readonly [name: string, observed: string, simulated: string, error: string])[] = [
    [
      "mean latency",
      duration(observed?.latency_seconds.mean),
      meanWithInterval(latency),
      signed(error?.latency_mean),
    ],
    ...(["p50", "p95"] as const).map(
      (name) =>
        [
          `${name} latency`,
          duration(observed?.latency_seconds[name]),
          duration(latency[name]),
          signed(error?.[`latency_${name}`]),
        ] as const,
    ),
    ["throughput", "", rate(throughput), ""],
  ];
  if (error !== null) {
    rows.push(
      ["mean TTFT", "", "", signed(error.ttft_mean)],
      ["one execution, mean size", "", "", percent(error.execution_mape)],
      ["one call, mean size", "", "", percent(error.call_mape)],
      ["TTFT of a call, mean size", "", "", percent(error.ttft_mape)],
    );
  }
  const table = new Table({
    head: observed === null ? ["", "simulated"] : ["", "observed", "simulated", "error"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const [name, measured, value, off] of rows) {
    table.push(observed === null ? [name, value] : [name, measured, value, off]);
  }
  return table.toString();
}
