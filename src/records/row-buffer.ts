/**
 * Rows of a table on their way into its columns. A row is written in one place, and many rows go
 * into a column at once: a run that writes a row here and there then touches one line of memory
 * for eight values instead of several for each.
 */

import type { NumericColumn } from "./columns.ts";

const BLOCK_ROWS = 1024;

/** Takes rows of numbers for columns, in the order of the columns. */
export class RowBuffer {
  /** The values of rows that are not in the columns yet. */
  readonly cells: Float64Array;

  readonly #columns: readonly NumericColumn[];
  #end = 0;
  #flushedRows = 0;

  constructor(columns: readonly NumericColumn[]) {
    this.#columns = columns;
    this.cells = new Float64Array(columns.length * BLOCK_ROWS).fill(Number.NaN);
  }

  /** Rows so far, those in the columns included. */
  get length(): number {
    return this.#flushedRows + this.#end / this.#columns.length;
  }

  /**
   * Begins a row: returns where in `cells` the value of its first column belongs. Those of the
   * others follow; of strings, their codes.
   */
  begin(): number {
    if (this.#end === this.cells.length) this.flush();
    const start = this.#end;
    this.#end += this.#columns.length;
    return start;
  }

  /** Moves all rows into the columns. */
  flush(): void {
    const stride = this.#columns.length;
    for (let column = 0; column < stride; column++) {
      this.#columns[column]!.appendEvery(this.cells, column, stride, this.#end);
    }
    // A value that a later row lacks is none that its column takes.
    this.cells.fill(Number.NaN, 0, this.#end);
    this.#flushedRows += this.#end / stride;
    this.#end = 0;
  }
}
