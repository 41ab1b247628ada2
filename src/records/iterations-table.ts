/**
 * The table `iterations`: one row a maximal run of iterations of a replica with the same batch
 * members, phase and slowdown, so that runs simulated step by step and at once give the same rows.
 */

import type { IterationSpan } from "../serving/iteration-span.ts";
import { toArrowParts } from "./arrow-file.ts";
import { DictionaryColumn, Float64Column, Int32Column, TimeColumn } from "./columns.ts";
import { RowBuffer } from "./row-buffer.ts";

/** Collects the iterations of a run and writes them. */
export class IterationsTable {
  readonly #replica = new Int32Column();
  readonly #phase = new DictionaryColumn();
  readonly #startTime = new TimeColumn();
  readonly #endTime = new TimeColumn();
  readonly #iterations = new Int32Column();
  readonly #batch = new Int32Column();
  readonly #prefillTokens = new Int32Column();
  readonly #contextTokens = new Int32Column();
  readonly #slowdown = new Float64Column();

  /** In the order in which `append` gives their values. */
  readonly #rows = new RowBuffer([
    this.#replica,
    this.#phase,
    this.#startTime,
    this.#endTime,
    this.#iterations,
    this.#batch,
    this.#prefillTokens,
    this.#contextTokens,
    this.#slowdown,
  ]);

  get rowCount(): number {
    return this.#rows.length;
  }

  append(row: IterationSpan): void {
    const start = this.#rows.begin();
    const { cells } = this.#rows;
    cells[start] = row.replica;
    cells[start + 1] = this.#phase.codeOf(row.phase);
    cells[start + 2] = row.startTime;
    cells[start + 3] = row.endTime;
    cells[start + 4] = row.iterations;
    cells[start + 5] = row.batch;
    cells[start + 6] = row.prefillTokens;
    cells[start + 7] = row.contextTokens;
    cells[start + 8] = row.slowdown;
  }

  toArrow(): Promise<Uint8Array[]> {
    this.#rows.flush();
    return toArrowParts({
      replica: this.#replica,
      phase: this.#phase,
      start_seconds: this.#startTime,
      end_seconds: this.#endTime,
      iterations: this.#iterations,
      batch: this.#batch,
      prefill_tokens: this.#prefillTokens,
      context_tokens: this.#contextTokens,
      slowdown: this.#slowdown,
    });
  }
}
