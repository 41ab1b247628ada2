/**
 * A run as people read it: the plan, predicted beside simulated, where the time went, what limits.
 */

import { styleText } from "node:util";
import Table from "cli-table3";
import type { PlannedWorkload } from "../experiment/planning.ts";
import type { SimulatedSummary } from "../experiment/simulated-summary.ts";
import type { RunSummary } from "../experiment/summary.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { WorkflowPrediction } from "../predictor/prediction.ts";
import { formatRate } from "../units.ts";
import { formatInfeasible, formatPlan, formatTitle } from "./plan-table.ts";
import {
  formatBreakdown,
  formatEnds,
  formatFooter,
  formatLatency,
  formatLlms,
  meanWithInterval,
} from "./simulated-sections.ts";
import { duration, percent, rate, signed } from "./table-values.ts";

/** The text of `sim run`. */
export function formatRun(
  summary: RunSummary,
  { prediction, served: { llms } }: Pick<PlannedWorkload, "prediction" | "served">,
): string {
  const { plan, simulated } = summary;
  const sections = [formatTitle(summary)];
  if (simulated === null || prediction === undefined) sections.push(formatInfeasible(plan));
  else {
    sections.push(
      formatPlan(plan),
      formatComparison(summary, simulated),
      ...formatWorkflows(summary),
      formatLatency(simulated),
      formatLlms(simulated),
      `${formatBreakdown(simulated)}\n${formatBottleneck(simulated, prediction, llms)}`,
    );
  }
  sections.push(formatFooter(summary));
  return `${sections.join("\n\n")}\n`;
}

/** Predicted | simulated | error. */
function formatComparison({ predicted, error }: RunSummary, simulated: SimulatedSummary): string {
  const table = new Table({
    head: ["", "predicted", "simulated", "error"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  const { latency_seconds: latency, throughput_per_second: throughput } = simulated;
  table.push(
    [
      "mean latency",
      duration(predicted?.latency_mean_seconds),
      meanWithInterval(latency),
      signed(error?.latency_mean),
    ],
    [
      "throughput",
      rate(predicted?.throughput_per_second),
      rate(throughput),
      signed(error?.throughput),
    ],
    ["peak throughput", rate(predicted?.throughput_max_per_second), "", ""],
  );
  return `${table.toString()}\n${formatEnds(simulated)}`;
}

/** What is predicted and simulated of each of several workflows. */
function formatWorkflows({ workflows }: RunSummary): string[] {
  if (workflows === undefined) return [];
  const table = new Table({
    head: ["workflow", "offered", "throughput", "latency predicted", "simulated", "error", "p95"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const [name, { rate_per_second, predicted, simulated, error }] of Object.entries(
    workflows,
  )) {
    table.push([
      name,
      formatRate(rate_per_second),
      rate(simulated.throughput_per_second),
      duration(predicted?.latency_mean_seconds),
      meanWithInterval(simulated.latency_seconds),
      signed(error?.latency_mean),
      duration(simulated.latency_seconds.p95),
    ]);
  }
  return [table.toString()];
}

/** The LLM that saturates first, and how busy it was. */
function formatBottleneck(
  { llms: simulated }: SimulatedSummary,
  { stages }: WorkflowPrediction,
  llms: readonly PlannedLlm[],
): string {
  const peaks = stages.map(({ throughputMax }) => throughputMax);
  const first = peaks.indexOf(Math.min(...peaks));
  const { name, model } = llms[first]!;
  const busy = percent(simulated[name]?.utilization);
  return (
    `${styleText("bold", "Bottleneck:")} ${name} (${model.name}) saturates first, ` +
    `at ${formatRate(peaks[first]!)}; its replicas were busy ${busy} of the time`
  );
}
