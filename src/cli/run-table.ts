/**
 * A run as people read it: the plan, predicted beside simulated, where the time went, what limits.
 */

import { styleText } from "node:util";
import Table from "cli-table3";
import type { RunSummary, SimulatedSummary } from "../experiment/summary.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { WorkflowPrediction } from "../predictor/aggregate-llm-pipeline.ts";
import { formatDuration, formatPercent, formatRate } from "../units.ts";
import { formatInfeasible, formatPlan, formatTitle } from "./plan-table.ts";

/** The text of `sim run`. */
export function formatRun(
  summary: RunSummary,
  prediction: WorkflowPrediction | undefined,
  { llms }: { readonly llms: readonly PlannedLlm[] },
): string {
  const { plan, simulated, results } = summary;
  const sections = [formatTitle(summary)];
  if (simulated === null || prediction === undefined) sections.push(formatInfeasible(plan));
  else {
    sections.push(
      formatPlan(plan),
      formatComparison(summary, simulated),
      formatLatency(simulated),
      formatLlms(simulated),
      `${formatBreakdown(simulated)}\n${formatBottleneck(simulated, prediction, llms)}`,
    );
  }
  const wall = formatDuration(summary.wall_seconds);
  const { events = 0, calls = 0 } = simulated ?? {};
  const work = simulated === null ? "" : ` (${calls} calls, ${events} events)`;
  sections.push(`Results: ${results}    in ${wall}${work}`);
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
  const interval = latency.mean_ci95;
  const halfWidth =
    interval === null ? "" : ` ± ${formatDuration((interval[1] - interval[0]) / 2)}`;
  table.push(
    [
      "mean latency",
      duration(predicted?.latency_mean_seconds),
      `${duration(latency.mean)}${halfWidth}`,
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
  const { arrived, completed, failed, unfinished } = simulated.executions;
  const state = simulated.stable ? styleText("green", "stable") : styleText("red", "not stable");
  const ends = `${completed} completed, ${failed} failed, ${unfinished} unfinished`;
  return `${table.toString()}\n${state}; ${arrived} measured: ${ends}`;
}

function formatLatency({ latency_seconds: latency, gpus }: SimulatedSummary): string {
  const percentiles = (["p50", "p90", "p95", "p99", "max"] as const)
    .map((name) => `${name} ${duration(latency[name])}`)
    .join("   ");
  return (
    `Latency: ${percentiles}\n` +
    `GPUs: ${percent(gpus.utilization_mean)} busy on average, ` +
    `${duration(gpus.gpu_seconds_per_execution)} of GPU time per execution`
  );
}

function formatLlms({ llms }: SimulatedSummary): string {
  const table = new Table({
    head: [
      "LLM",
      "time share",
      "p5 – p95",
      "calls",
      "busy",
      "TTFT",
      "TPOT",
      "queue",
      "prefix hits",
    ],
    colAligns: ["left", ...new Array<"right">(8).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, llm] of Object.entries(llms)) {
    const { mean, p5, p95 } = llm.time_share;
    table.push([
      name,
      percent(mean),
      `${percent(p5)} – ${percent(p95)}`,
      llm.calls,
      percent(llm.utilization),
      duration(llm.ttft_seconds.mean),
      duration(llm.tpot_seconds.mean),
      duration(llm.queue_seconds.mean),
      percent(llm.prefix_hit_ratio),
    ]);
  }
  return table.toString();
}

function formatBreakdown({ breakdown }: SimulatedSummary): string {
  const parts = Object.entries(breakdown).map(([name, part]) => `${name} ${percent(part)}`);
  return `Critical path: ${parts.join(", ")}`;
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

function duration(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? "–" : formatDuration(seconds);
}

function rate(perSecond: number | null | undefined): string {
  return perSecond === null || perSecond === undefined ? "–" : formatRate(perSecond);
}

function percent(fraction: number | null | undefined): string {
  return fraction === null || fraction === undefined ? "–" : formatPercent(fraction);
}

function signed(fraction: number | null | undefined): string {
  return fraction === null || fraction === undefined
    ? "–"
    : formatPercent(fraction, { signed: true });
}
