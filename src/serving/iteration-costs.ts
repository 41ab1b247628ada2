/**
 * The cost model in the integers of the event clock. Seconds are rounded once per batch size, so
 * that k iterations cost the same whether they are added one by one or by the closed form.
 * Work is counted in sub-ticks (1/256 tick): a token of context costs few ticks, and rounding
 * it to whole ones would show.
 */

import { TICKS_PER_SECOND, toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import type { IterationTime, PrefillChunk } from "../llm/iteration-time.ts";

export const SUBTICKS = 256;

/** Integer cost of decode iterations of one batch size. */
export interface DecodeWork {
  /** Sub-ticks of an iteration without context. */
  readonly fixed: number;
  /** Sub-ticks per token of context attended to. */
  readonly perContextToken: number;
  /** Host ticks of an iteration. */
  readonly host: number;
}

/** Memoised integer costs of one replica. */
export class IterationCosts {
  readonly #time: IterationTime;
  readonly #decode: (DecodeWork | undefined)[] = [];

  constructor(time: IterationTime) {
    this.#time = time;
  }

  /** Cost of pure decode iterations of `batch` sequences. */
  decode(batch: number): DecodeWork {
    let work = this.#decode[batch];
    if (work === undefined) {
      const { fixed, perContextToken } = this.#time.decode(batch);
      work = {
        fixed: toSubticks(fixed),
        perContextToken: toSubticks(perContextToken),
        host: toTicks(this.#time.host(batch)),
      };
      this.#decode[batch] = work;
    }
    return work;
  }

  /** Sub-ticks of one iteration with prefill. */
  mixed(chunks: readonly PrefillChunk[], decodes: number, contextTokens: number): number {
    return toSubticks(this.#time.mixed(chunks, decodes, contextTokens));
  }

  /** Host ticks of an iteration of `sequences`. */
  host(sequences: number): number {
    return toTicks(this.#time.host(sequences));
  }
}

function toSubticks(seconds: number): number {
  const subticks = Math.round(TICKS_PER_SECOND * SUBTICKS * seconds);
  assert(subticks >= 0 && subticks <= Number.MAX_SAFE_INTEGER, "iteration work out of range");
  return subticks;
}
