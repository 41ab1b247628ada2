/**
 * The page without a mouse, and the line that says how.
 */

import { element } from "./dom.ts";
import type { ExecutionListing } from "./execution-list.ts";
import type { PageState } from "./page-state.ts";
import type { RunView } from "./run-view.ts";
import { panned } from "./time-window.ts";
import { showAll, zoomBy } from "./timeline.ts";

/** Part of the interval that an arrow moves. */
const STEP = 0.15;

const KEYS: readonly (readonly [string, string])[] = [
  ["← →", "earlier, later"],
  ["+ −", "zoom"],
  ["0", "whole run"],
  ["↑ ↓", "GPU above, below"],
  ["n p", "next, previous execution"],
  ["Esc", "all executions"],
];

/** Listens to the keyboard. */
export function listenToKeys(
  state: PageState,
  { views, listing }: { readonly views: readonly RunView[]; readonly listing: ExecutionListing },
): void {
  const move = (steps: number) => {
    const { from, to } = state.window;
    state.window = panned(state.window, steps * STEP * (to - from), state.end);
  };
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    "+": () => zoomBy(state, 1),
    "=": () => zoomBy(state, 1),
    "-": () => zoomBy(state, -1),
    "0": () => showAll(state),
    Home: () => showAll(state),
    ArrowUp: () => chooseGpu(state, views, -1),
    ArrowDown: () => chooseGpu(state, views, 1),
    n: () => chooseExecution(state, listing, 1),
    p: () => chooseExecution(state, listing, -1),
    Escape: () => state.select(undefined),
  };
  addEventListener("keydown", (event) => {
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const isTyping = target.matches("input, select");
    // Regions that scroll keep their arrows.
    const isScrolling = target.matches(".scroll, #detail") && event.key.startsWith("Arrow");
    if ((isTyping && event.key !== "Escape") || isScrolling) return;
    event.preventDefault();
    action();
  });
}

function chooseGpu(state: PageState, views: readonly RunView[], by: number): void {
  const { selection } = state;
  const focused = views.findIndex(({ root }) => root.contains(document.activeElement));
  const run = selection?.kind === "gpu" ? selection.run : Math.max(0, focused);
  const gpu = views[run]!.neighbourOf(selection?.kind === "gpu" ? selection.gpu : -1, by);
  state.select({ kind: "gpu", run, gpu });
}

function chooseExecution(state: PageState, listing: ExecutionListing, by: number): void {
  const { selection } = state;
  const chosen = selection?.kind === "execution" ? selection.execution : undefined;
  const execution = listing.neighbourOf(chosen, by);
  if (execution !== undefined) state.select({ kind: "execution", execution });
}

/** Fills the line that lists the keys. */
export function buildHelp(place: HTMLElement): void {
  const keys = KEYS.map(([key, what]) => {
    const parts = key.split(" ").map((name) => element("kbd", {}, name));
    return element("span", {}, ...parts, ` ${what}`);
  });
  const mouse = element("span", {}, "wheel: zoom · drag or shift + wheel: move");
  place.append(...keys, mouse);
}
