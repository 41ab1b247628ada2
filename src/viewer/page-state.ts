/**
 * What the page shows: the runs, the interval, and what is chosen. Whoever draws is told of
 * changes.
 */

import type { RunDocument } from "../view-server/run-document.ts";
import type { ExecutionList } from "./execution-data.ts";
import { clamped, type TimeWindow } from "./time-window.ts";

/** What is chosen: an execution by number, or a GPU of a run. */
export type Selection =
  | { readonly kind: "execution"; readonly execution: number }
  | { readonly kind: "gpu"; readonly run: number; readonly gpu: number };

/** A change: of the interval, of what is chosen, or of the data that are there. */
export type Change = "window" | "selection" | "data";

/** The state of the page. */
export class PageState {
  readonly runs: readonly RunDocument[];
  readonly executions: readonly ExecutionList[];
  /** When the longest run ends. */
  readonly end: number;
  #window: TimeWindow;
  #selection: Selection | undefined;
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(runs: readonly RunDocument[], executions: readonly ExecutionList[]) {
    this.runs = runs;
    this.executions = executions;
    this.end = Math.max(...runs.map(({ end }) => end));
    this.#window = { from: 0, to: this.end };
  }

  get window(): TimeWindow {
    return this.#window;
  }

  set window(window: TimeWindow) {
    this.#window = clamped(window, this.end);
    this.changed("window");
  }

  get selection(): Selection | undefined {
    return this.#selection;
  }

  select(selection: Selection | undefined): void {
    this.#selection = selection;
    this.changed("selection");
  }

  /** Calls `listener` at every change. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells all of a change. */
  changed(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
