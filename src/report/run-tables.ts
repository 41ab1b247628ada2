/**
 * The tables of a run's report: predicted beside simulated and measured, what each LLM did, and
 * what was assumed.
 */

import { formatDuration, formatDurationInterval, formatPercent, formatRate } from "../units.ts";
import { html, type Markup } from "./html.ts";
import { dataTable } from "./report-page.ts";
import type { RunData, SimulatedRun } from "./run-data.ts";

type Maybe = number | null | undefined;

/** What stands for a value that there is none of. */
const ABSENT = "–";

const shown = (value: Maybe, format: (value: number) => string) =>
  value === null || value === undefined ? ABSENT : format(value);
const duration = (value: Maybe) => shown(value, formatDuration);
const rate = (value: Maybe) => shown(value, formatRate);
const percent = (value: Maybe) => shown(value, formatPercent);
const signed = (value: Maybe) => shown(value, (part) => formatPercent(part, { signed: true }));

/** Predicted, simulated, measured, and the error between them. */
export function headlineTable({ summary }: RunData, { summary: simulated }: SimulatedRun): Markup {
  const { predicted, observed, error } = summary;
  const { latency_seconds: latency } = simulated;
  const interval = latency.mean_ci95;
  const halfWidth =
    interval === null ? "" : ` ± ${formatDuration((interval[1] - interval[0]) / 2)}`;
  const rows: {
    name: string;
    predicted?: Maybe;
    simulated: string;
    observed?: Maybe;
    error?: Maybe;
  }[] = [
    {
      name: "mean latency",
      predicted: predicted?.latency_mean_seconds,
      simulated: `${duration(latency.mean)}${halfWidth}`,
      observed: observed?.latency_seconds.mean,
      error: error?.latency_mean,
    },
    ...(["p50", "p95", "p99"] as const).map((name) => ({
      name: `${name} latency`,
      simulated: `${duration(latency[name])}${formatDurationInterval(latency[`${name}_ci95`])}`,
      observed: observed?.latency_seconds[name],
      error: error?.[`latency_${name}`],
    })),
  ];
  const hasObserved = observed !== undefined && observed !== null;
  const head = ["", "predicted", "simulated", ...(hasObserved ? ["measured"] : []), "error"];
  return dataTable(errorCaption(hasObserved), head, [
    ...rows.map((row) => [
      row.name,
      duration(row.predicted),
      row.simulated,
      ...(hasObserved ? [duration(row.observed)] : []),
      signed(row.error),
    ]),
    [
      "throughput",
      rate(predicted?.throughput_per_second),
      rate(simulated.throughput_per_second),
      ...(hasObserved ? [ABSENT] : []),
      signed(error?.throughput),
    ],
    [
      "peak throughput",
      rate(predicted?.throughput_max_per_second),
      ABSENT,
      ...(hasObserved ? [ABSENT] : []),
      ABSENT,
    ],
  ]);
}

function errorCaption(hasObserved: boolean): string {
  const intervals = "± and in brackets: 95 % intervals";
  return hasObserved
    ? `Error: (simulated − measured) / measured; ${intervals}`
    : `Error: (predicted − simulated) / simulated, of a stable run; ${intervals}`;
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
  const inputs = Object.entries(manifest.input_sha256).map(
    ([name, hash]) => html`<div>${name} <code>${hash.slice(0, 12)}</code></div>`,
  );
  const rows = [
    ["workload", summary.workload],
    ["offered", offered(summary)],
    ["cluster", `${cluster.name}: ${gpus}`],
    ["engine", engine],
    ["models", models.join(", ")],
    ["planner, predictor", `${summary.planner}, ${summary.predictor ?? "none"}`],
    ["seed", manifest.seeds.join(", ")],
    ["warm-up, not measured", duration(warmup)],
    ["simulated time", duration(summary.simulated?.duration_seconds)],
    ["command", html`<code>sim ${manifest.command.join(" ")}</code>`],
    ["sim, Node", `${manifest.version}, ${manifest.node_version}`],
    ["made", manifest.started_at],
    ["inputs, with SHA-256", inputs],
  ] as const;
  const lines = rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`,
  );
  return html`<table class="wide"><caption>What this run follows from</caption><tbody>
${lines}</tbody></table>
`;
}

function offered({ rate_per_second: perSecond, closed_loop: loop }: RunData["summary"]): string {
  if (!loop) return rate(perSecond);
  const thinking = `${duration(loop.think_seconds)} of think time`;
  return `${loop.users} users with ${thinking}, planned for ${rate(perSecond)}`;
}
