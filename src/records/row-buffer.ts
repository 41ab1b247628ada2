/**
 * Rows of a table on their way into its columns. A row is written in one place, and many rows go
 * into a column at once: a run that writes a row here and there then touches one line of memory
 * for eight values instead of several for each.
 */

import { assert } from "../errors.ts";
import type { NumericColumn } from "./columns.ts";

const BLOCK_ROWS = 1024;

/** Takes rows of numbers for columns, in the order of the columns. */
export class RowBuffer {
  readonly #columns: readonly NumericColumn[];
  readonly #cells: Float64Array;
  #end = 0;
  #flushedRows = 0;

  constructor(columns: readonly NumericColumn[]) {
    this.#columns = columns;
    this.#cells = new Float64Array(columns.length * BLOCK_ROWS);
  }

  /** Rows so far, those in the columns included. */
  get length(): number {
    return this.#flushedRows + this.#end / this.#columns.length;
  }

  /** Begins a row: the value of each column follows. */
  begin(): void {
    if (this.#end === this.#cells.length) this.flush();
  }

  /** Adds the row's value of the next column; of strings their code there. */
  add(value: number): void {
    this.#cells[this.#end++] = value;
  }

  /** Moves all rows into the columns. */
  flush(): void {
    const stride = this.#columns.length;
    assert(this.#end % stride === 0, "a row does not have a value for each column");
    for (let column = 0; column < stride; column++) {
      this.#columns[column]!.appendEvery(this.#cells, column, stride, this.#end);
    }
    this.#flushedRows += this.#end / stride;
    this.#end = 0;
  }
}
