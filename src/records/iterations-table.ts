/**
 * The table `iterations`: one row a maximal run of iterations of a replica with the same batch
 * members, phase and slowdown, so that runs simulated step by step and at once give the same rows.
 */

import type { IterationSpan } from "../serving/iteration-span.ts";
import { toArrowFile } from "./arrow-file.ts";
import { DictionaryColumn, Float64Column, Int32Column } from "./columns.ts";

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

  get rowCount(): number {
    return this.#replica.length;
  }

  append(row: IterationSpan): void {
    this.#replica.append(row.replica);
    this.#phase.append(row.phase);
    this.#startTime.appendTicks(row.startTime);
    this.#endTime.appendTicks(row.endTime);
    this.#iterations.append(row.iterations);
    this.#batch.append(row.batch);
    this.#prefillTokens.append(row.prefillTokens);
    this.#contextTokens.append(row.contextTokens);
    this.#slowdown.append(row.slowdown);
  }

  toArrow(): Promise<Uint8Array> {
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
