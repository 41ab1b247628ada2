/**
 * The table `iterations`: one row a maximal run of iterations of a replica with the same batch
 * members, phase and slowdown, so that runs simulated step by step and at once give the same rows.
 */

import type { IterationSpan } from "../serving/iteration-span.ts";
import { toArrowFile } from "./arrow-file.ts";
import { DictionaryColumn, Float64Column, Int32Column, secondsOrAbsent } from "./columns.ts";
import { RowBuffer } from "./row-buffer.ts";

/** Collects the iterations of a run and writes them. */
export class IterationsTable {
  readonly #replica = new Int32Column();
  readonly #phase = new DictionaryColumn();
  readonly #startTime = new Float64Column();
  readonly #endTime = new Float64Column();
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
    const rows = this.#rows;
    rows.begin();
    rows.add(row.replica);
    rows.add(this.#phase.codeOf(row.phase));
    rows.add(secondsOrAbsent(row.startTime));
    rows.add(secondsOrAbsent(row.endTime));
    rows.add(row.iterations);
    rows.add(row.batch);
    rows.add(row.prefillTokens);
    rows.add(row.contextTokens);
    rows.add(row.slowdown);
  }

  toArrow(): Promise<Uint8Array> {
    this.#rows.flush();
    return toArrowFile({
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
