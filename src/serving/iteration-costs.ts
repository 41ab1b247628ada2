/**
 * The cost model in the integers of the event clock. Seconds are rounded once per batch size, so
 * that k iterations cost the same whether they are added one by one or by the closed form.
 * Work is counted in sub-ticks (1/256 tick): a token of context costs few ticks, and rounding
 * it to whole ones would show.
 */

import { TICKS_PER_SECOND, toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import type { Demand } from "../hardware/interference.ts";
import type { IterationTime, PrefillChunk } from "../llm/iteration-time.ts";

export const SUBTICKS = 256;

/** Integer cost of decode iterations of one batch size, up to a context. */
export interface DecodeWork {
  /** Sub-ticks of an iteration without context. */
  readonly fixed: number;
  /** Sub-ticks per token of context attended to. */
  readonly perContextToken: number;
  /** Least and most tokens of context for which this is known to hold. */
  readonly contextFrom: number;
  readonly contextUntil: number;
  /** Host ticks of an iteration. */
  readonly host: number;
}

/** Memoised integer costs of one replica. */
export class IterationCosts {
  readonly #time: IterationTime;
  readonly #decode: (DecodeWork | undefined)[] = [];
  readonly #host: (number | undefined)[] = [];

  constructor(time: IterationTime) {
    this.#time = time;
  }

  /** Cost of pure decode iterations of `batch` sequences that attend to `contextTokens`. */
  decode(batch: number, contextTokens: number): DecodeWork {
    const known = this.#decode[batch];
    if (
      known !== undefined &&
      contextTokens >= known.contextFrom &&
      contextTokens <= known.contextUntil
    ) {
      return known;
    }
    const {
      fixed,
      perContextToken,
      contextUntil = Number.POSITIVE_INFINITY,
    } = this.#time.decode(batch, contextTokens);
    const work = {
      fixed: toSubticks(fixed),
      perContextToken: toSubticks(perContextToken),
      contextFrom: contextTokens,
      contextUntil,
      host: this.host(batch),
    };
    assert(contextUntil >= contextTokens, "a decode cost does not hold where it was asked for");
    this.#decode[batch] = work;
    return work;
  }

  /** Sub-ticks of one iteration with prefill. */
  mixed(chunks: readonly PrefillChunk[], decodes: number, contextTokens: number): number {
    return toSubticks(this.#time.mixed(chunks, decodes, contextTokens));
  }

  /** Ticks that the launches of an iteration with prefill take: the least it is on the GPU. */
  launch(chunks: number, decodes: number): number {
    return toTicks(this.#time.launch(chunks, decodes));
  }

  /** What an iteration asks of the GPU. */
  demand(chunks: readonly PrefillChunk[], decodes: number, contextTokens: number): Demand {
    return this.#time.demand(chunks, decodes, contextTokens);
  }

  /** Host ticks of an iteration of `sequences`. */
  host(sequences: number): number {
    let host = this.#host[sequences];
    if (host === undefined) {
      host = toTicks(this.#time.host(sequences));
      this.#host[sequences] = host;
    }
    return host;
  }
}

function toSubticks(seconds: number): number {
  const subticks = Math.round(TICKS_PER_SECOND * SUBTICKS * seconds);
  assert(subticks >= 0 && subticks <= Number.MAX_SAFE_INTEGER, "iteration work out of range");
  return subticks;
}
