/**
 * The details of a GPU: its tenants, and over the interval that is shown how busy it was, its KV
 * cache and how much its tenants slowed one another down.
 */

import { formatBytes, formatDuration, formatPercent, GB } from "../units.ts";
import { button, element, table } from "./dom.ts";
import { type ChartLine, lineChart } from "./line-chart.ts";
import { llmChip } from "./llm-chip.ts";
import type { PageState } from "./page-state.ts";
import { doubles, fetchColumns } from "./server-data.ts";
import { llmColour } from "./theme.ts";

/** Points of a chart to a pixel of its width. */
const POINTS_PER_PIXEL = 0.75;

/** Charts of slowdown reach at least this far above 1. */
const LEAST_SLOWDOWN = 1.4;

/** A GPU of a run. */
export interface GpuOfRun {
  readonly run: number;
  readonly gpu: number;
}

/** What does not change with the interval, and where charts go. */
export function gpuDetail(state: PageState, { run, gpu }: GpuOfRun, charts: HTMLElement): Node[] {
  const { gpus } = state.runs[run]!;
  const { id, type, memory, busyMean, kvMost } = gpus[gpu]!;
  const letter = state.runs.length > 1 ? ` in ${"AB"[run]}` : "";
  const known = [
    `${type}, ${formatBytes(memory)}`,
    ...(busyMean === null ? [] : [`${formatPercent(busyMean)} busy on average`]),
    ...(kvMost === null ? [] : [`KV cache ${formatBytes(kvMost)} at the most`]),
  ];
  return [
    element("h2", { tabindex: "-1" }, id + letter),
    element("p", { class: "soft" }, known.join(" · ")),
    element(
      "div",
      { class: "controls" },
      button("All executions (Esc)", () => state.select(undefined)),
    ),
    tenantTable(state, { run, gpu }),
    charts,
  ];
}

function tenantTable(state: PageState, { run, gpu }: GpuOfRun): HTMLElement {
  const { llms, end } = state.runs[run]!;
  const tenants = tenantsOf(state, { run, gpu });
  const hasChanges = tenants.some(({ replica }) => replica.joined > 0 || replica.left !== null);
  const rows = tenants.map(({ replica, index }) => {
    const { llm, share, gpus, memory, joined, left, busy, slowdownMean } = replica;
    const chip = llmChip(state.llmOf(run, llm));
    const stay = (left ?? end) - joined;
    return [
      element("span", { title: llms[llm]!.model }, chip, `${llms[llm]!.name} (${index})`),
      formatPercent(share),
      String(gpus.length),
      formatBytes(memory),
      stay > 0 ? formatPercent(busy / stay) : "–",
      slowdownMean === null ? "–" : `${slowdownMean.toFixed(3)}x`,
      ...(hasChanges ? [stayText(joined, left)] : []),
    ];
  });
  const head = ["tenant (replica)", "share", "TP", "memory", "busy", "slowdown"].concat(
    hasChanges ? ["there"] : [],
  );
  const attributes = { class: "scroll", tabindex: 0, role: "region", "aria-label": "Tenants" };
  return element("div", attributes, table("Tenants over the whole run", head, rows));
}

function stayText(joined: number, left: number | null): string {
  const until = left === null ? "the end" : formatDuration(left);
  return `${formatDuration(joined)} to ${until}`;
}

function tenantsOf(state: PageState, { run, gpu }: GpuOfRun) {
  return state.runs[run]!.replicas.flatMap((replica, index) =>
    replica.gpus.includes(gpu) ? [{ replica, index }] : [],
  );
}

/** The charts of the interval that is shown. */
export async function gpuCharts(
  state: PageState,
  { run, gpu }: GpuOfRun,
  width: number,
): Promise<HTMLElement[]> {
  const { window } = state;
  const points = Math.max(2, Math.round(width * POINTS_PER_PIXEL));
  const parameters = { ...window, points };
  const samples = await fetchColumns(run, "samples", { gpu, ...parameters });
  const tenants = tenantsOf(state, { run, gpu });
  const slowdowns = await Promise.all(
    tenants.map(({ index }) => fetchColumns(run, "slowdown", { replica: index, ...parameters })),
  );
  const { memory, kvMost } = state.runs[run]!.gpus[gpu]!;
  const time = doubles(samples, "time");
  const percent = doubles(samples, "busy").map((part) => 100 * part);
  const busy = { name: "busy", colour: "var(--busy)", time, values: percent };
  const kv = doubles(samples, "kv").map((bytes) => bytes / GB);
  const middles = Float64Array.from({ length: points }, (_, bin) => {
    return window.from + ((bin + 0.5) / points) * (window.to - window.from);
  });
  const lines: ChartLine[] = tenants.map(({ replica }, index) => ({
    name: state.runs[run]!.llms[replica.llm]!.name,
    colour: llmColour(state.llmOf(run, replica.llm)),
    time: middles,
    values: doubles(slowdowns[index]!, "mean"),
  }));
  const most = slowdowns.flatMap((own) => [...doubles(own, "most")]);
  const slowest = most.reduce((high, value) => (value > high ? value : high), LEAST_SLOWDOWN);
  const common = { window, width, least: 0 };
  return [
    lineChart({
      ...common,
      title: "SMs at work",
      unit: "% of the GPU",
      most: 100,
      lines: [busy],
      summary: summaryOf(busy.values, (value) => `${value.toFixed(1)} %`),
    }),
    lineChart({
      ...common,
      title: "KV cache in use",
      unit: `GB, of ${formatBytes(memory)} of memory`,
      most: Math.max((kvMost ?? 0) / GB, 0.001),
      lines: [{ name: "KV cache", colour: "var(--kv)", time, values: kv }],
      summary: summaryOf(kv, (value) => `${value.toFixed(2)} GB`),
    }),
    lineChart({
      ...common,
      title: "Slowdown by neighbours",
      unit: "times as long",
      least: 1,
      most: slowest,
      lines,
      summary: lines.map((line) => `${line.name} ${summaryOf(line.values, times)}`).join("; "),
    }),
  ];
}

const times = (value: number) => `${value.toFixed(2)}x`;

function summaryOf(values: Float64Array, format: (value: number) => string): string {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return "nothing in this interval";
  const [least, most] = [
    known.reduce((a, b) => Math.min(a, b)),
    known.reduce((a, b) => Math.max(a, b)),
  ];
  return `${format(least)} to ${format(most)}`;
}
