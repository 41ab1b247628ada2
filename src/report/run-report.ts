/**
 * The report of a run or replay: what was planned, what came of it, where the time went, and what
 * was assumed. One HTML file, from the files of its results directory alone.
 */

import type { ResultsReader } from "../records/results-reader.ts";
import { formatDuration, formatPercent, formatRate } from "../units.ts";
import { CAUSE_COLOURS, causeColour } from "./cause-colours.ts";
import { BUSY_COLOURS, gpuFigure } from "./gpu-figure.ts";
import { groupStyle } from "./group-style.ts";
import { html, inlinePicture, type Markup } from "./html.ts";
import { latencyFigure } from "./latency-figure.ts";
import { ARRIVALS, inFlightFigure, queueFigure, throughputFigure } from "./over-time-figures.ts";
import { placementFigure } from "./placement-figure.ts";
import { figure, legend, reportPage, section } from "./report-page.ts";
import { type RunData, readRunData, type SimulatedRun } from "./run-data.ts";
import {
  assumptionsTable,
  criticalPathTable,
  headlineTable,
  llmTable,
  workflowTable,
} from "./run-tables.ts";
import { criticalPathFigure, timeShareFigure } from "./share-figures.ts";
import { slowestExecutions } from "./slowest-executions.ts";
import { waterfallFigure } from "./waterfall-figure.ts";

/** Executions of which the report shows a waterfall. */
const SLOWEST = 3;

/** The HTML file of the results that `reader` has opened. */
export function runReport(reader: ResultsReader): string {
  const data = readRunData(reader);
  const { summary, simulated } = data;
  const title = `${summary.workload} on ${summary.cluster}`;
  return reportPage(`${title}: report of sim`, [
    html`<header>
<h1>${title}</h1>
<p class="soft">planner ${summary.planner}${offered(data)}, seed ${summary.seed}</p>
</header>
`,
    simulated === undefined ? infeasible(data) : simulatedSections(data, simulated),
    section(
      "What was assumed",
      html`<div class="card">${assumptionsTable(data)}</div>`,
      planFile(data),
    ),
  ]);
}

function offered({ summary: { rate_per_second: rate, closed_loop: loop } }: RunData): string {
  if (rate === null) return "";
  return loop ? `, ${loop.users} users` : `, ${formatRate(rate)} offered`;
}

function infeasible({ summary: { plan } }: RunData): Markup {
  return section(
    "Result",
    html`<p class="bad">Not feasible, so nothing was simulated.</p><p>${plan.reason ?? ""}</p>`,
  );
}

function simulatedSections(data: RunData, simulated: SimulatedRun): Markup[] {
  return [
    section(
      "Result",
      html`<div class="card">${headlineTable(data, simulated)}
${workflowTable(data)}${verdict(data, simulated)}</div>`,
    ),
    section("The plan on the cluster", planPicture(data)),
    section("Latency", html`<div class="pair">${latencyPictures(data, simulated)}</div>`),
    section(
      "Over time",
      html`<div class="pair">${timePictures(simulated)}</div>`,
      queuePicture(data, simulated),
      gpuPicture(data, simulated),
    ),
    section("LLMs", html`<div class="card">${llmTable(data, simulated)}</div>`),
    section("The slowest executions", waterfalls(data, simulated)),
  ];
}

/** What the numbers say, in words. */
function verdict({ summary }: RunData, { summary: simulated }: SimulatedRun): Markup {
  const { stable, replications, executions, gpus } = simulated;
  const { arrived, completed, failed, unfinished } = executions;
  const state = stable
    ? html`<span class="good">Stable.</span>`
    : html`<span class="bad">Not stable: latencies grow with the length of the run.</span>`;
  const first = summary.saturates_first;
  const model = first === undefined || first === null ? undefined : summary.plan.llms[first];
  const busy = gpus.utilization_mean === null ? "" : formatPercent(gpus.utilization_mean);
  return html`<p>${state} Of ${arrived} measured executions ${completed} completed, ${failed}
failed, ${unfinished} did not end.</p>
${
  replications === 1
    ? undefined
    : html`<p>Numbers are means over ${replications} replications; pictures show the first.</p>
`
}${
  model === undefined
    ? undefined
    : html`<p><strong>${first!}</strong> (${model.model}) saturates first, as predicted; its
replicas were busy ${formatPercent(simulated.llms[first!]?.utilization ?? 0)} of the time.</p>
`
}<p>${summary.plan.gpus_used} of ${summary.plan.gpus_total} GPUs are in use, ${busy} busy on
average.</p>
`;
}

function planPicture(data: RunData): Markup {
  const { plan } = data.summary;
  const label = Object.entries(plan.llms).map(([name, { replicas, instances }]) => {
    const tp = [...new Set(instances.map((instance) => instance.tp))].join(" or ");
    return `${name}: ${replicas} of TP ${tp}`;
  });
  const picture = inlinePicture(placementFigure(data), `GPUs by node with ${label.join("; ")}`);
  return figure("Placement", html`<div class="paper">${picture}</div>`, {
    caption: "A box is a GPU, a row a node, a grey ground a fast domain.",
  });
}

function latencyPictures(data: RunData, simulated: SimulatedRun): Markup[] {
  const { mean, p50, p95, p99 } = simulated.summary.latency_seconds;
  const seconds = (value: number | null) => (value === null ? "none" : formatDuration(value));
  const svg = latencyFigure(data, simulated);
  const label =
    `Distribution of latencies: mean ${seconds(mean)}, p50 ${seconds(p50)}, ` +
    `p95 ${seconds(p95)}, p99 ${seconds(p99)}`;
  const names = Object.keys(simulated.summary.breakdown);
  return [
    svg === undefined
      ? html`<div class="card"><p>No measured execution completed.</p></div>`
      : figure("Distribution of latencies", inlinePicture(svg, label), {
          caption: "Part of the measured executions that took at most so long.",
        }),
    html`<div>
${figure(
  "Time of each LLM",
  inlinePicture(timeShareFigure(data, simulated), shareLabel(data, simulated)),
  {
    caption: "Mean part of an execution's calls; the lines are from p5 to p95 over executions.",
  },
)}
${figure(
  "Critical path",
  inlinePicture(criticalPathFigure(simulated), "Parts of the critical path, as in the table below"),
  {
    legend: legend(names.map((name) => ({ name, colour: causeColour(name) }))),
    caption: criticalPathTable(simulated),
  },
)}
</div>`,
  ];
}

function shareLabel({ llms }: RunData, { summary }: SimulatedRun): string {
  const parts = llms.map((name) => {
    return `${name} ${formatPercent(summary.llms[name]?.time_share.mean ?? 0)}`;
  });
  return `Mean time shares: ${parts.join(", ")}`;
}

function timePictures(simulated: SimulatedRun): Markup[] {
  return [
    figure(
      "Executions in flight",
      inlinePicture(inFlightFigure(simulated), "Executions in flight over time"),
      {
        caption: "Arrived and not ended. Where this grows without end, the rate is too high.",
      },
    ),
    figure(
      "Throughput",
      inlinePicture(throughputFigure(simulated), "Arrivals and completions per second over time"),
      {
        legend: legend([
          { name: "complete", colour: groupStyle(0).colour },
          { name: "arrive (dashed)", colour: ARRIVALS },
        ]),
        caption: "When arrivals stop, what is in flight drains.",
      },
    ),
  ];
}

function queuePicture(data: RunData, simulated: SimulatedRun): Markup {
  const svg = queueFigure(data, simulated);
  return figure("Queue of each LLM", inlinePicture(svg, "Waiting calls of each LLM over time"), {
    legend: llmLegend(data),
    caption: "Calls that were sent and have not started, on the way to a replica or at it.",
  });
}

function gpuPicture({ cluster }: RunData, simulated: SimulatedRun): Markup {
  const svg = gpuFigure(simulated, cluster);
  const [idle, full] = BUSY_COLOURS;
  return figure("GPUs", inlinePicture(svg, "Part of each GPU at work over time"), {
    legend: legend([
      { name: "idle", colour: idle },
      { name: "all SMs at work", colour: full },
    ]),
    caption: "Part of the SMs at work: the shares of the tenants that run an iteration.",
  });
}

function waterfalls(data: RunData, simulated: SimulatedRun): Markup[] {
  const slowest = slowestExecutions(simulated, { llmCount: data.llms.length, count: SLOWEST });
  if (slowest.length === 0) return [html`<p>No measured execution completed.</p>`];
  const key = legend([
    ...llmEntries(data),
    { name: "waits", colour: CAUSE_COLOURS.queue },
    { name: "tools", colour: CAUSE_COLOURS.tool },
  ]);
  return slowest.map((slow) => {
    const heading = `Execution ${slow.execution}: ${formatDuration(slow.latency)}`;
    const label = `${heading}, ${slow.calls.length} calls`;
    return figure(heading, inlinePicture(waterfallFigure(slow, data.llms), label), {
      legend: key,
      caption:
        `${slow.calls.length} calls. Strong: prefill; pale: decode. ` +
        "Calls of one LLM at the same time are below one another.",
    });
  });
}

function llmEntries({ llms }: RunData): { name: string; colour: string }[] {
  return llms.map((name, llm) => ({ name, colour: groupStyle(llm).colour }));
}

function llmLegend(data: RunData): Markup {
  return legend(llmEntries(data));
}

function planFile({ planText }: RunData): Markup | undefined {
  if (planText === undefined) return undefined;
  return html`<details class="card"><summary>The plan as a file</summary>
<pre>${planText}</pre></details>`;
}
