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
  /** Names of the LLMs of all runs: what has a name has one colour. */
  readonly llms: readonly string[];
  /** When the longest run ends. */
  readonly end: number;
  #window: TimeWindow;
  #selection: Selection | undefined;
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(runs: readonly RunDocument[], executions: readonly ExecutionList[]) {
    this.runs = runs;
    this.executions = executions;
    this.llms = [...new Set(runs.flatMap((run) => run.llms.map(({ name }) => name)))];
    this.end = Math.max(...runs.map(({ end }) => end));
    this.#window = { from: 0, to: this.end };
  }

  /** The position in `llms` of an LLM of a run. */
  llmOf(run: number, llm: number): number {
    return this.llms.indexOf(this.runs[run]!.llms[llm]!.name);
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
