/**
 * The timeline: what colours mean, the whole run in a strip, and one view a run.
 */

import { PHASES } from "../view-server/run-document.ts";
import { button, element } from "./dom.ts";
import { llmChip } from "./llm-chip.ts";
import { overview } from "./overview.ts";
import type { PageState } from "./page-state.ts";
import { RunView } from "./run-view.ts";
import { PHASE_COLOURS } from "./theme.ts";
import type { TileStore } from "./tile-store.ts";
import { zoomed } from "./time-window.ts";

const ZOOM_STEP = 1.6;

/** Fills `place`; `tiles` are those of each run. Returns the views of the runs. */
export function buildTimeline(
  place: HTMLElement,
  state: PageState,
  tiles: readonly TileStore[],
): RunView[] {
  const views = state.runs.map((_, run) => new RunView(state, run, tiles[run]!));
  const parts = views.map((view, run) => {
    if (views.length === 1) return view.root;
    const { planner, cluster, name } = state.runs[run]!;
    const title = `${"AB"[run]}: ${planner} on ${cluster}`;
    const heading = element("h2", {}, title, element("span", { class: "soft" }, ` ${name}`));
    return element("div", { class: "titled" }, heading, view.root);
  });
  const buttons = element(
    "div",
    { class: "buttons" },
    button("−", () => zoomBy(state, -1), { "aria-label": "Zoom out" }),
    button("+", () => zoomBy(state, 1), { "aria-label": "Zoom in" }),
    button("all", () => showAll(state), { "aria-label": "Show all of the run" }),
  );
  const strip = element("div", { class: "overview" }, buttons, ...overview(state, tiles[0]!));
  place.append(toolbar(state), strip, ...parts);
  return views;
}

/** Shows more or less of the time, around the middle of what is shown. */
export function zoomBy(state: PageState, steps: number): void {
  const { from, to } = state.window;
  const anchor = (from + to) / 2;
  state.window = zoomed(state.window, ZOOM_STEP ** -steps, { anchor, end: state.end });
}

/** Shows the whole run. */
export function showAll(state: PageState): void {
  state.window = { from: 0, to: state.end };
}

function toolbar(state: PageState): HTMLElement {
  const phases = [...PHASES].reverse().map((name) => {
    const swatch = element("i", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = PHASE_COLOURS[PHASES.indexOf(name)]!;
    return element("li", {}, swatch, name);
  });
  const idle = element("li", {}, element("i", { class: "swatch idle" }), "idle");
  const names = state.llms.map((name, llm) => element("li", {}, llmChip(llm), name));
  return element(
    "div",
    { class: "toolbar" },
    element("ul", { class: "legend", "aria-label": "Colours of phases" }, ...phases, idle),
    element("span", { class: "soft note" }, "height in a lane: part of the time"),
    element("ul", { class: "legend llms", "aria-label": "Colours of LLMs" }, ...names),
  );
}
