/**
 * The tables of a run's report: predicted beside simulated and measured, what each LLM did, and
 * what was assumed.
 */

import { formatDurationInterval, formatPercent, formatRate } from "../units.ts";
import { ABSENT, duration, percent, rate, signed } from "./cell-values.ts";
import type { Markup } from "./html.ts";
import { latencyCell } from "./interval-cells.ts";
import { manifestRows, originTable } from "./origin-table.ts";
import { dataTable } from "./report-page.ts";
import type { RunData, SimulatedRun } from "./run-data.ts";

/** A line of the first table; what is left out is not known. */
interface HeadlineRow {
  readonly name: string;
  readonly predicted?: string;
  readonly simulated?: string;
  readonly measured?: string;
  readonly error?: string;
}

/** Predicted, simulated and measured as far as known, and the error between them. */
export function headlineTable({ summary }: RunData, { summary: simulated }: SimulatedRun): Markup {
  const { predicted, error } = summary;
  const observed = summary.observed ?? null;
  const { latency_seconds: latency } = simulated;
  const rows: HeadlineRow[] = [
    {
      name: "mean latency",
      predicted: duration(predicted?.latency_mean_seconds),
      simulated: latencyCell(latency.mean, latency.mean_ci95),
      measured: duration(observed?.latency_seconds.mean),
      error: signed(error?.latency_mean),
    },
    ...(["p50", "p95", "p99"] as const).map((name) => ({
      name: `${name} latency`,
      simulated: `${duration(latency[name])}${formatDurationInterval(latency[`${name}_ci95`])}`,
      measured: duration(observed?.latency_seconds[name]),
      error: signed(error?.[`latency_${name}`]),
    })),
    {
      name: "throughput",
      predicted: rate(predicted?.throughput_per_second),
      simulated: rate(simulated.throughput_per_second),
      error: signed(error?.throughput),
    },
    ...(predicted === null
      ? []
      : [{ name: "peak throughput", predicted: rate(predicted.throughput_max_per_second) }]),
    ...(observed === null
      ? []
      : [
          { name: "mean TTFT", error: signed(error?.ttft_mean) },
          { name: "one execution, mean size", error: percent(error?.execution_mape) },
          { name: "one call, mean size", error: percent(error?.call_mape) },
          { name: "TTFT of a call, mean size", error: percent(error?.ttft_mape) },
        ]),
  ];
  const columns = [
    ...(predicted === null ? [] : (["predicted"] as const)),
    "simulated" as const,
    ...(observed === null ? [] : (["measured"] as const)),
    ...(predicted === null && observed === null ? [] : (["error"] as const)),
  ];
  return dataTable(
    errorCaption(observed !== null, predicted !== null),
    ["", ...columns],
    rows.map((row) => [row.name, ...columns.map((column) => row[column] ?? ABSENT)]),
  );
}

function errorCaption(hasObserved: boolean, hasPredicted: boolean): string {
  const interval = "± and in brackets: 95 % intervals";
  if (hasObserved) return `Error: (simulated − measured) / measured; ${interval}`;
  if (!hasPredicted) return interval;
  return `Error: (predicted − simulated) / simulated, of a stable run; ${interval}`;
}

/** Each of several workflows; undefined where there is one. */
export function workflowTable({ summary: { workflows } }: RunData): Markup | undefined {
  if (workflows === undefined) return undefined;
  const head = "workflow,offered,completed,predicted mean,simulated mean,error,p95";
  const rows = Object.entries(workflows).map(([name, { predicted, simulated, ...own }]) => [
    name,
    formatRate(own.rate_per_second),
    rate(simulated.throughput_per_second),
    duration(predicted?.latency_mean_seconds),
    duration(simulated.latency_seconds.mean),
    signed(own.error?.latency_mean),
    duration(simulated.latency_seconds.p95),
  ]);
  return dataTable("Latencies and rates of each workflow", head.split(","), rows);
}

/** What each LLM was given, and what it did. */
export function llmTable({ summary, llms }: RunData, { summary: simulated }: SimulatedRun): Markup {
  const head =
    "LLM,model,replicas,TP × share,time share,p5 – p95,calls,busy,TTFT,TPOT,queue,prefix hits";
  const rows = llms.map((name) => {
    const planned = summary.plan.llms[name]!;
    const done = simulated.llms[name];
    const sizes = new Set(
      planned.instances.map(({ tp, share }) => `${tp} × ${formatPercent(share)}`),
    );
    return [
      name,
      planned.model,
      planned.replicas,
      [...sizes].join(", "),
      percent(done?.time_share.mean),
      `${percent(done?.time_share.p5)} – ${percent(done?.time_share.p95)}`,
      done?.calls,
      percent(done?.utilization),
      duration(done?.ttft_seconds.mean),
      duration(done?.tpot_seconds.mean),
      duration(done?.queue_seconds.mean),
      percent(done?.prefix_hit_ratio),
    ];
  });
  const caption = "Time share: part of an execution's summed calls; TTFT, TPOT and queue: means";
  return dataTable(caption, head.split(","), rows);
}

/** The parts of the critical path in numbers. */
export function criticalPathTable({ summary }: SimulatedRun): Markup {
  const names = Object.keys(summary.breakdown);
  return dataTable(
    "Parts of the critical path of all measured executions",
    ["", ...names],
    [["part", ...names.map((name) => percent(summary.breakdown[name]))]],
  );
}

/** Where the run comes from: whatever would have to be the same to get it again. */
export function assumptionsTable({ summary, cluster, manifest, planText }: RunData): Markup {
  const counts = new Map<string, number>();
  for (const { type } of cluster.gpus) counts.set(type, (counts.get(type) ?? 0) + 1);
  const gpus = [...counts].map(([type, count]) => `${count} × ${type}`).join(", ");
  const engine = /^engine: *(.*)$/m.exec(planText ?? "")?.[1];
  const models = Object.entries(summary.plan.llms).map(([name, { model }]) => `${name}: ${model}`);
  const warmup = summary.simulated?.warmup_seconds;
  return originTable("What this run follows from", [
    ["workload", summary.workload],
    ["offered", offered(summary)],
    ["cluster", `${cluster.name}: ${gpus}`],
    ["engine", engine],
    ["models", models.join(", ")],
    ["planner, predictor", `${summary.planner}, ${summary.predictor ?? "none"}`],
    ["warm-up, not measured", duration(warmup)],
    ["simulated time", duration(summary.simulated?.duration_seconds)],
    ...manifestRows(manifest),
  ]);
}

function offered({ rate_per_second: perSecond, closed_loop: loop }: RunData["summary"]): string {
  if (!loop) return rate(perSecond);
  const thinking = `${duration(loop.think_seconds)} of think time`;
  return `${loop.users} users with ${thinking}, planned for ${rate(perSecond)}`;
}
