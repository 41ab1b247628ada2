/**
 * The panel beside the timeline: the list of executions, or the details of what is chosen.
 */

import { byId, element } from "./dom.ts";
import { executionDetail } from "./execution-detail.ts";
import type { ExecutionListing } from "./execution-list.ts";
import { type GpuOfRun, gpuCharts, gpuDetail } from "./gpu-detail.ts";
import type { PageState, Selection } from "./page-state.ts";

/** Charts follow the interval when it has been still for this long, in milliseconds. */
const STILL = 90;

const PADDING = 34;

/** Shows details in `place` whenever something else is chosen. */
export class DetailPanel {
  readonly #place: HTMLElement;
  readonly #state: PageState;
  readonly #listing: ExecutionListing;
  readonly #onFailure: (error: unknown) => void;
  /** Where the charts of the chosen GPU are. */
  #charts: HTMLElement | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    place: HTMLElement,
    state: PageState,
    options: {
      readonly listing: ExecutionListing;
      readonly onFailure: (error: unknown) => void;
    },
  ) {
    this.#place = place;
    this.#state = state;
    this.#listing = options.listing;
    this.#onFailure = options.onFailure;
    state.onChange((change) => {
      if (change === "selection") this.#show(state.selection);
      if (change === "window") this.#showChartsSoon();
    });
    new ResizeObserver(() => this.#showChartsSoon()).observe(place);
    this.#show(undefined);
  }

  #show(selection: Selection | undefined): void {
    this.#charts = undefined;
    if (selection === undefined) {
      this.#listing.show(this.#place);
      return;
    }
    if (selection.kind === "gpu") {
      this.#charts = element("div", { class: "charts" });
      this.#place.replaceChildren(...gpuDetail(this.#state, selection, this.#charts));
      this.#say();
      this.#showCharts(selection, this.#charts);
      return;
    }
    executionDetail(this.#state, selection.execution, this.#width).then((content) => {
      if (this.#state.selection !== selection) return;
      this.#place.replaceChildren(...content);
      this.#place.scrollTop = 0;
      this.#say();
    }, this.#onFailure);
  }

  /** Who does not see the panel is told what it is about. */
  #say(): void {
    const texts = [...this.#place.querySelectorAll("h2, h2 + p")].map((part) => part.textContent);
    byId("said").textContent = texts.join(", ");
  }

  get #width(): number {
    return this.#place.clientWidth - PADDING;
  }

  #showChartsSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { selection } = this.#state;
      if (selection?.kind === "gpu" && this.#charts !== undefined) {
        this.#showCharts(selection, this.#charts);
      }
    }, STILL);
  }

  #showCharts(selection: GpuOfRun, charts: HTMLElement): void {
    const { window } = this.#state;
    gpuCharts(this.#state, selection, this.#width).then((content) => {
      // Of an interval that is no longer shown, newer ones are on their way.
      if (this.#state.window === window) charts.replaceChildren(...content);
    }, this.#onFailure);
  }
}
