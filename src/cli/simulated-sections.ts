/**
 * What a simulation shows, as people read it: the sections that `run` and `replay` have in common.
 */

import { styleText } from "node:util";
import Table from "cli-table3";
import type { SimulatedSummary } from "../experiment/simulated-summary.ts";
import type { RunDocument } from "../experiment/summary.ts";
import { formatDuration, formatDurationInterval } from "../units.ts";
import { duration, percent } from "./table-values.ts";

/** Percentiles with their intervals, and what the GPUs did. */
export function formatLatency({ latency_seconds: latency, gpus }: SimulatedSummary): string {
  const percentiles = (["p50", "p90", "p95", "p99"] as const).map((name) => {
    return `${name} ${duration(latency[name])}${formatDurationInterval(latency[`${name}_ci95`])}`;
  });
  return (
    `Latency: ${[...percentiles, `max ${duration(latency.max)}`].join("   ")}\n` +
    `GPUs: ${percent(gpus.utilization_mean)} busy on average, ` +
    `${duration(gpus.gpu_seconds_per_execution)} of GPU time per execution`
  );
}

/** What each LLM did. */
export function formatLlms({ llms }: SimulatedSummary): string {
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

/** Where the time of an execution goes. */
export function formatBreakdown({ breakdown }: SimulatedSummary): string {
  const parts = Object.entries(breakdown).map(([name, part]) => `${name} ${percent(part)}`);
  return `Critical path: ${parts.join(", ")}`;
}

/** How the measured executions ended, and whether the run was in a steady state. */
export function formatEnds({ executions, stable, replications }: SimulatedSummary): string {
  const { arrived, completed, failed, unfinished } = executions;
  const where = replications === 1 ? "" : ` over ${replications} replications`;
  const state = `${stable ? styleText("green", "stable") : styleText("red", "not stable")}${where}`;
  const ends = `${completed} completed, ${failed} failed, ${unfinished} unfinished`;
  return `${state}; ${arrived} measured: ${ends}`;
}

/** The mean latency with half of its interval. */
export function meanWithInterval(latency: SimulatedSummary["latency_seconds"]): string {
  const { mean, mean_ci95: interval } = latency;
  const halfWidth =
    interval === null ? "" : ` ± ${formatDuration((interval[1] - interval[0]) / 2)}`;
  return `${duration(mean)}${halfWidth}`;
}

/** Where the results are, and what they took. */
export function formatFooter({ results, wall_seconds, simulated }: RunDocument): string {
  const { events = 0, calls = 0 } = simulated ?? {};
  const work = simulated === null ? "" : ` (${calls} calls, ${events} events)`;
  return `Results: ${results}    in ${formatDuration(wall_seconds)}${work}`;
}
