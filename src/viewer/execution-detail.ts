/**
 * The details of an execution: its waterfall with the critical path and where that went, in each of
 * the runs, and its calls.
 */

import { CAUSE_COLOURS } from "../report/cause-colours.ts";
import { formatDuration, formatPercent } from "../units.ts";
import type { ColumnMessage } from "../view-server/column-message.ts";
import { button, element, table } from "./dom.ts";
import { rowOfExecution } from "./execution-data.ts";
import { type ExecutionPath, executionPath, type PathPart } from "./execution-path.ts";
import { llmChip } from "./llm-chip.ts";
import type { PageState } from "./page-state.ts";
import { doubles, fetchColumns, textAt } from "./server-data.ts";
import { llmColour } from "./theme.ts";
import { waterfall } from "./waterfall.ts";

/** An execution in one run. */
interface ShownExecution {
  readonly run: number;
  readonly row: number;
  readonly calls: ColumnMessage;
  readonly path: ExecutionPath;
}

/** Calls that a table lists; the waterfall has all. */
const MOST_CALLS = 400;

const PART_NAMES: Readonly<Record<PathPart, string>> = {
  queue: "waits",
  prefill: "prefill",
  decode: "decode",
  tool: "tools",
};

/** The details of an execution, from every run that has it. */
export async function executionDetail(
  state: PageState,
  execution: number,
  width: number,
): Promise<Node[]> {
  const shown = (
    await Promise.all(state.runs.map((_, run) => fetchShown(state, run, execution)))
  ).filter((found) => found !== undefined);
  const most = Math.max(...shown.map(({ path }) => path.latency));
  const first = shown[0]!;
  const list = state.executions[first.run]!;
  const workflow = list.workflows[list.workflow[first.row]!]!;
  const arrived = `arrived at ${list.arrival[first.row]!.toFixed(2)} s`;
  return [
    element("h2", { tabindex: "-1" }, `Execution ${execution}`),
    element("p", { class: "soft" }, `${workflow} · ${arrived}`),
    element(
      "div",
      { class: "controls" },
      button("Zoom to it", () => showSpan(state, shown)),
      button("All executions (Esc)", () => state.select(undefined)),
    ),
    ...shown.flatMap((own) => runPart(state, own, { width, most })),
    ...shown.map((own) => callTable(state, own)),
  ];
}

async function fetchShown(
  state: PageState,
  run: number,
  execution: number,
): Promise<ShownExecution | undefined> {
  const list = state.executions[run]!;
  const row = rowOfExecution(list, execution);
  if (row < 0) return undefined;
  const calls = await fetchColumns(run, "calls", { execution });
  const { llms, end } = state.runs[run]!;
  const names = llms.map(({ name }) => name);
  const arrival = list.arrival[row]!;
  const columns = {
    llm: Int32Array.from(calls.columns.llm!, (_, call) =>
      names.indexOf(textAt(calls, "llm", call)),
    ),
    submit: doubles(calls, "submit_seconds"),
    start: doubles(calls, "start_seconds"),
    firstToken: doubles(calls, "first_token_seconds"),
    end: doubles(calls, "end_seconds"),
    step: doubles(calls, "step"),
    afterStep: doubles(calls, "after_step"),
  };
  // What did not end is shown up to the end of the run.
  const latency = Number.isNaN(list.latency[row]!) ? end - arrival : list.latency[row]!;
  const lastStep = list.lastStep[row]!;
  const path = executionPath(columns, { arrival, latency, lastStep }, llms.length);
  return { run, row, calls, path };
}

/** The interval in which the execution was in flight, in any run. */
function showSpan(state: PageState, shown: readonly ShownExecution[]): void {
  const spans = shown.map(({ run, row, path }) => {
    const from = state.executions[run]!.arrival[row]!;
    return { from, to: from + path.latency };
  });
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  state.window = { from: from - 0.03 * (to - from), to: to + 0.03 * (to - from) };
}

function runPart(
  state: PageState,
  { run, row, calls, path }: ShownExecution,
  { width, most }: { readonly width: number; readonly most: number },
): Node[] {
  const { llms } = state.runs[run]!;
  const list = state.executions[run]!;
  const status = list.statuses[list.status[row]!]!;
  const roles = Array.from(calls.columns.call!, (_, call) => textAt(calls, "role", call));
  const letter = state.runs.length > 1 ? `${"AB"[run]}: ` : "";
  const latency = element("b", { class: "latency" }, formatDuration(path.latency));
  const names = llms.map(({ name }) => name);
  const colours = llms.map((_, llm) => llmColour(state.llmOf(run, llm)));
  const label = `Waterfall of ${path.calls.length} calls in ${formatDuration(path.latency)}`;
  return [
    element(
      "h3",
      {},
      letter,
      latency,
      `, ${status}; ${path.calls.length} calls, ${path.critical.length} on the critical path`,
    ),
    waterfall(path, { width, most, llms: names, colours, roles, label }),
    partsBar(path),
  ];
}

/** Where the critical path went, as a bar and in words. */
function partsBar({ parts, latency }: ExecutionPath): HTMLElement {
  const names = Object.keys(PART_NAMES) as PathPart[];
  const bar = element("div", { class: "parts", "aria-hidden": "true" });
  const items = names.map((name) => {
    const piece = element("i");
    piece.style.background = CAUSE_COLOURS[name];
    piece.style.flexGrow = String(parts[name]);
    bar.append(piece);
    const swatch = element("i", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = CAUSE_COLOURS[name];
    const value = `${formatDuration(parts[name])} (${formatPercent(parts[name] / latency)})`;
    return element("li", { "data-part": name }, swatch, `${PART_NAMES[name]} `, value);
  });
  const title = "Critical path, by what it spent its time on";
  const legend = element("ul", { class: "legend", "aria-label": title }, ...items);
  return element("div", { class: "parts-place" }, bar, legend);
}

function callTable(state: PageState, { run, calls, path }: ShownExecution): HTMLElement {
  const critical = new Set(path.critical);
  const count = (name: string, row: number) => doubles(calls, name)[row]!.toLocaleString("en");
  const names = state.runs[run]!.llms.map(({ name }) => name);
  const rows = path.calls.slice(0, MOST_CALLS).map((call) => {
    const { row, llm, submit, start, firstToken, end } = call;
    const replica = doubles(calls, "replica")[row]!;
    return [
      element(
        "span",
        { title: names[llm]! },
        llmChip(state.llmOf(run, llm)),
        textAt(calls, "role", row) || names[llm]!,
      ),
      critical.has(call) ? "●" : "",
      submit.toFixed(2),
      formatDuration(end - submit),
      formatDuration(start - submit),
      formatDuration(firstToken - submit),
      count("output_tokens", row),
      `${count("prompt_tokens", row)} (${count("cached_tokens", row)})`,
      Number.isNaN(replica) ? "–" : String(replica),
    ];
  });
  const letter = state.runs.length > 1 ? ` in ${"AB"[run]}` : "";
  const more = path.calls.length > MOST_CALLS ? `, the first ${MOST_CALLS}` : "";
  const caption = `Calls${letter}${more}; ● on the critical path`;
  const times = ["at (s)", "took", "wait", "TTFT"];
  const head = ["call", "●", ...times, "output", "prompt (cached)", "replica"];
  const made = table(caption, head, rows);
  const attributes = { class: "scroll", tabindex: 0, role: "region", "aria-label": caption };
  return element("div", attributes, made);
}
