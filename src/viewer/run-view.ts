/**
 * One run in the timeline: a label and a lane for each GPU, and below them its executions.
 */

import type { RunDocument } from "../view-server/run-document.ts";
import { drawnNextFrame, prepareCanvas } from "./canvas.ts";
import { button, element } from "./dom.ts";
import { rowOfExecution } from "./execution-data.ts";
import {
  drawExecutions,
  executionAt,
  type PlotScale,
  plotLabels,
  plotTop,
} from "./execution-plot.ts";
import { type LaneLayout, laneAt, layOutLanes } from "./lane-layout.ts";
import { LanePainter } from "./lane-picture.ts";
import { laneText } from "./lane-text.ts";
import { llmChip } from "./llm-chip.ts";
import type { PageState } from "./page-state.ts";
import { listenToPointer } from "./pointer.ts";
import { readTheme } from "./theme.ts";
import type { TileStore } from "./tile-store.ts";
import { hideTooltip, showTooltip } from "./tooltip.ts";

/** Pixels for the executions and the gap above them, at least: of one run, and of each of two. */
const LEAST_PLOT = [112, 84] as const;

/** Height of a letter, and how many fit beside one another. */
const CHIP = 13;
const CHIPS_IN_ROW = 3;

/** The parts of a run's view, and what it does when told. */
export class RunView {
  readonly root: HTMLElement;
  readonly #lanes: HTMLCanvasElement;
  readonly #state: PageState;
  readonly #run: number;
  readonly #document: RunDocument;
  readonly #tiles: TileStore;
  readonly #painter: LanePainter;
  readonly #labels = element("div", { class: "lane-labels" });
  readonly #scroller = element("div", { class: "lane-scroller" });
  readonly #plot = element("canvas", { class: "plot" });
  readonly #plotAxis = element("div", { class: "plot-axis", "aria-hidden": "true" });
  readonly #plotPlace = element("div", { class: "plot-place" });
  #layout: LaneLayout = { lanes: [], nodes: [], height: 0 };
  #hovered = -1;

  constructor(state: PageState, run: number, tiles: TileStore) {
    this.#state = state;
    this.#run = run;
    this.#document = state.runs[run]!;
    this.#tiles = tiles;
    this.#painter = new LanePainter(this.#document, tiles);
    const name = state.runs.length > 1 ? ` of run ${"AB"[run]}` : "";
    this.#lanes = element("canvas", {
      class: "lanes",
      tabindex: 0,
      role: "application",
      "aria-label": `Lanes of GPUs${name} over time`,
      "aria-describedby": "help",
    });
    this.root = this.#build(name);
    const draw = drawnNextFrame(() => this.#draw());
    state.onChange(draw);
    this.#scroller.addEventListener("scroll", draw);
    new ResizeObserver(() => {
      this.#layOut();
      draw();
    }).observe(this.root);
    this.#listen(draw);
  }

  /** The GPU that the arrow keys go to from the one that is chosen; in order of the lanes. */
  neighbourOf(gpu: number, by: number): number {
    const order = this.#layout.lanes.map((lane) => lane.gpu);
    const place = this.#layout.lanes.findIndex((lane) => gpu >= lane.gpu && gpu <= lane.lastGpu);
    return order[Math.min(order.length - 1, Math.max(0, place === -1 ? 0 : place + by))] ?? 0;
  }

  /** Pixels of the lanes, for the axis above them. */
  get width(): number {
    return this.#scroller.clientWidth - this.#labels.offsetWidth;
  }

  #build(name: string): HTMLElement {
    this.#plot.setAttribute("role", "img");
    const count = this.#document.counts.executions.toLocaleString("en");
    this.#plot.setAttribute("aria-label", `Latency of ${count} executions${name} over arrival`);
    this.#scroller.append(this.#labels, this.#lanes);
    const title = element("div", { class: "plot-title" }, "latency (s) over arrival");
    this.#plotPlace.append(this.#plotAxis, this.#plot, title);
    return element("div", { class: "run" }, this.#scroller, this.#plotPlace);
  }

  #layOut(): void {
    this.#layout = layOutLanes(
      this.#document,
      this.root.clientHeight - LEAST_PLOT[this.#state.runs.length - 1]!,
    );
    const { lanes, nodes, height } = this.#layout;
    this.#labels.style.height = `${height}px`;
    const nodeNames = nodes.map(({ name, y, height: high }) => {
      const label = element("span", { class: "node-name", title: name }, name);
      label.style.top = `${y}px`;
      label.style.height = `${high}px`;
      return label;
    });
    const buttons = lanes.map((lane) => this.#labelOf(lane));
    this.#labels.replaceChildren(...nodeNames, ...buttons);
  }

  #labelOf(lane: LaneLayout["lanes"][number]): HTMLButtonElement {
    const { gpu, lastGpu, y, height, tenants } = lane;
    const { id, node } = this.#document.gpus[gpu]!;
    const last = this.#document.gpus[lastGpu]!.id.replace(/^.*?(\d+)$/, "–$1");
    const own = id.startsWith(`${node}/`) ? id.slice(node.length + 1) : id;
    const short = lastGpu === gpu ? own : own + last;
    const label = button(short, () => this.#state.select({ kind: "gpu", run: this.#run, gpu }), {
      class: "lane-label",
      "data-gpu": gpu,
      "data-last": lastGpu,
    });
    const names = tenants.map(({ replica }) => this.#llmName(replica));
    label.append(element("span", { class: "unseen" }, ` of ${node}: ${names.join(", ")}`));
    label.style.top = `${y}px`;
    label.style.height = `${height}px`;
    const llms = tenants.map(({ replica }) => this.#document.replicas[replica]!.llm);
    const isTall = height >= CHIP * llms.length;
    const shown = isTall ? llms : llms.slice(0, CHIPS_IN_ROW);
    const chips = shown.map((llm) => llmChip(this.#state.llmOf(this.#run, llm)));
    label.append(element("span", { class: isTall ? "chips stacked" : "chips" }, ...chips));
    return label;
  }

  #llmName(replica: number): string {
    return this.#document.llms[this.#document.replicas[replica]!.llm]!.name;
  }

  #draw(): void {
    const theme = readTheme();
    const { window, selection } = this.#state;
    const scrolled = this.#scroller.scrollTop;
    const target = prepareCanvas(this.#lanes, this.width, this.#scroller.clientHeight);
    this.#painter.draw(target, { layout: this.#layout, window, scrolled, theme });
    for (const label of this.#labels.querySelectorAll<HTMLElement>(".lane-label")) {
      const isChosen =
        selection?.kind === "gpu" &&
        selection.run === this.#run &&
        selection.gpu >= Number(label.dataset.gpu) &&
        selection.gpu <= Number(label.dataset.last);
      label.setAttribute("aria-pressed", String(isChosen));
    }
    const plot = prepareCanvas(this.#plot, this.width, this.#plotPlace.clientHeight);
    const scale = this.#plotScale();
    const row = this.#chosenRow();
    const list = this.#list;
    drawExecutions(plot, list, { scale, theme, chosen: row, hovered: this.#hovered });
    this.#drawSpan(row, [target.context, plot.context]);
    const labels = plotLabels(scale).map(({ y, label }) => {
      const text = element("span", {}, label);
      text.style.top = `${y}px`;
      return text;
    });
    this.#plotAxis.replaceChildren(...labels);
  }

  get #list() {
    return this.#state.executions[this.#run]!;
  }

  #chosenRow(): number {
    const { selection } = this.#state;
    if (selection?.kind !== "execution") return -1;
    return rowOfExecution(this.#list, selection.execution);
  }

  /** When the chosen execution was in flight, across lanes and plot. */
  #drawSpan(row: number, contexts: readonly CanvasRenderingContext2D[]): void {
    if (row < 0) return;
    const { from, to } = this.#state.window;
    const { arrival, end } = this.#list;
    const last = Number.isNaN(end[row]!) ? this.#document.end : end[row]!;
    const x = (time: number) => ((time - from) / (to - from)) * this.width;
    const { accent } = readTheme();
    for (const context of contexts) {
      const height = context.canvas.clientHeight;
      context.fillStyle = accent;
      context.globalAlpha = 0.08;
      context.fillRect(x(arrival[row]!), 0, x(last) - x(arrival[row]!), height);
      context.globalAlpha = 1;
      for (const edge of [x(arrival[row]!), x(last)]) context.fillRect(edge - 0.5, 0, 1, height);
    }
  }

  #plotScale(): PlotScale {
    const { window, executions } = this.#state;
    const most = plotTop(Math.max(...executions.map(({ latencyMost }) => latencyMost)));
    return { window, width: this.width, height: this.#plotPlace.clientHeight, most };
  }

  #timeAt(x: number): number {
    const { from, to } = this.#state.window;
    return from + (x / this.width) * (to - from);
  }

  #listen(draw: () => void): void {
    listenToPointer(this.#lanes, this.#state, {
      onHover: (x, y) => showTooltip(this.#laneText(x, y + this.#scroller.scrollTop)),
      onLeave: hideTooltip,
      onClick: (_, y) => {
        const found = laneAt(this.#layout, y + this.#scroller.scrollTop);
        if (found === undefined) return;
        this.#state.select({ kind: "gpu", run: this.#run, gpu: found.lane.gpu });
      },
    });
    listenToPointer(this.#plot, this.#state, {
      onHover: (x, y) => {
        this.#hovered = executionAt(this.#list, [x, y], this.#plotScale());
        this.#plot.style.cursor = this.#hovered < 0 ? "" : "pointer";
        showTooltip(this.#executionText(this.#hovered));
        draw();
      },
      onLeave: () => {
        this.#hovered = -1;
        hideTooltip();
        draw();
      },
      onClick: (x, y) => {
        const row = executionAt(this.#list, [x, y], this.#plotScale());
        if (row < 0) return;
        this.#state.select({ kind: "execution", execution: this.#list.execution[row]! });
      },
    });
  }

  #laneText(x: number, y: number): readonly string[] {
    const found = laneAt(this.#layout, y);
    if (found === undefined) return [];
    const scale = { ...this.#state.window, width: this.width };
    return laneText(this.#document, this.#tiles, { ...found, time: this.#timeAt(x), scale });
  }

  #executionText(row: number): readonly string[] {
    if (row < 0) return [];
    const { execution, arrival, latency, status, statuses } = this.#list;
    const took = Number.isNaN(latency[row]!)
      ? statuses[status[row]!]!
      : `${latency[row]!.toFixed(2)} s`;
    return [`Execution ${execution[row]}: ${took}`, `arrived at ${arrival[row]!.toFixed(2)} s`];
  }
}
