/**
 * The list of executions, slowest first or as they arrived; of two runs those that both have, by
 * how much longer B took.
 */

import { button, element, table } from "./dom.ts";
import { rowOfExecution } from "./execution-data.ts";
import type { PageState } from "./page-state.ts";

/** Rows that are listed at a time. */
const SHOWN = 60;

type Order = "slowest" | "arrival" | "difference";

const ORDERS: Readonly<Record<Order, string>> = {
  difference: "largest difference",
  slowest: "slowest",
  arrival: "arrival",
};

/** The list; `pairs` has the row of the same execution in the second run, -1 without one. */
export class ExecutionListing {
  readonly #state: PageState;
  readonly #pairs: Int32Array | undefined;
  #order: Order;
  #page = 0;

  constructor(state: PageState, pairs: Int32Array | undefined) {
    this.#state = state;
    this.#pairs = pairs;
    this.#order = pairs === undefined ? "slowest" : "difference";
  }

  /** Fills `place`. */
  show(place: HTMLElement): void {
    const rows = this.#sortedRows();
    const pages = Math.max(1, Math.ceil(rows.length / SHOWN));
    this.#page = Math.min(this.#page, pages - 1);
    const again = () => this.show(place);
    const turn = (by: number) => {
      this.#page += by;
      again();
    };
    const shown = rows.slice(this.#page * SHOWN, (this.#page + 1) * SHOWN);
    const last = button("›", () => turn(1), { "aria-label": "Next page" });
    const first = button("‹", () => turn(-1), { "aria-label": "Previous page" });
    first.disabled = this.#page === 0;
    last.disabled = this.#page >= pages - 1;
    place.replaceChildren(
      element("h2", {}, "Executions"),
      element(
        "p",
        { class: "soft" },
        "Click an execution for its waterfall, a GPU for its tenants, slowdown and KV cache.",
      ),
      element(
        "div",
        { class: "controls" },
        this.#orderChoice(again),
        this.#search(),
        element("span", { class: "pages" }, first, ` ${this.#page + 1} of ${pages} `, last),
      ),
      element("div", { class: "scroll" }, this.#table(shown)),
    );
  }

  /** The execution before or after one, in the order of the list. */
  neighbourOf(execution: number | undefined, by: number): number | undefined {
    const rows = this.#sortedRows();
    const { execution: numbers } = this.#state.executions[0]!;
    const place = rows.findIndex((row) => numbers[row] === execution);
    const next = rows[place === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, place + by))];
    return next === undefined ? undefined : numbers[next];
  }

  #sortedRows(): number[] {
    const [a, b] = this.#state.executions;
    const rows = [...a!.execution.keys()].filter((row) => (this.#pairs?.[row] ?? 0) >= 0);
    if (this.#order === "arrival") return rows;
    const key = (row: number) => {
      const own = a!.latency[row]!;
      const value =
        this.#order === "slowest" ? own : Math.abs(b!.latency[this.#pairs![row]!]! - own);
      // What did not end comes first: it took longest.
      return Number.isNaN(value) ? Infinity : value;
    };
    const keys = new Map(rows.map((row) => [row, key(row)]));
    return rows.sort((x, y) => {
      const [left, right] = [keys.get(x)!, keys.get(y)!];
      return left === right ? x - y : right - left;
    });
  }

  #table(rows: readonly number[]): HTMLTableElement {
    const [a, b] = this.#state.executions;
    const took = (list: typeof a, row: number) => {
      const { latency, status, statuses } = list!;
      const value = latency[row]!;
      return Number.isNaN(value) ? statuses[status[row]!]! : `${value.toFixed(2)} s`;
    };
    const lines = rows.map((row) => {
      const execution = a!.execution[row]!;
      const open = button(
        String(execution),
        () => this.#state.select({ kind: "execution", execution }),
        { class: "link", "data-execution": execution },
      );
      const arrived = `${a!.arrival[row]!.toFixed(1)} s`;
      if (this.#pairs === undefined) return [open, arrived, took(a, row)];
      const other = this.#pairs[row]!;
      const difference = b!.latency[other]! - a!.latency[row]!;
      return [
        open,
        arrived,
        took(a, row),
        took(b, other),
        Number.isNaN(difference) ? "–" : signed(difference),
      ];
    });
    return this.#pairs === undefined
      ? table("Executions of the run", ["execution", "arrived", "latency"], lines)
      : table("Executions of both runs", ["execution", "arrived in A", "A", "B", "B − A"], lines);
  }

  #orderChoice(again: () => void): HTMLElement {
    const select = element("select");
    for (const [order, name] of Object.entries(ORDERS)) {
      if (order === "difference" && this.#pairs === undefined) continue;
      select.append(element("option", { value: order }, name));
    }
    select.value = this.#order;
    select.addEventListener("change", () => {
      this.#order = select.value as Order;
      this.#page = 0;
      again();
    });
    return element("label", {}, "order ", select);
  }

  #search(): HTMLElement {
    const input = element("input", { type: "text", inputmode: "numeric", size: 5 });
    input.addEventListener("change", () => {
      const execution = Number(input.value);
      const isThere =
        input.value.trim() !== "" && rowOfExecution(this.#state.executions[0]!, execution) >= 0;
      input.setAttribute("aria-invalid", String(!isThere));
      if (isThere) this.#state.select({ kind: "execution", execution });
    });
    return element("label", {}, "number ", input);
  }
}

/** A difference in seconds with its sign. */
function signed(seconds: number): string {
  return `${seconds > 0 ? "+" : seconds < 0 ? "−" : ""}${Math.abs(seconds).toFixed(2)} s`;
}
