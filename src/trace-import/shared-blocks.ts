/**
 * Prompts given as hashes of their blocks, each hash standing for all tokens up to its block's
 * end: of every call, the latest earlier one that starts with the most of the same blocks. The
 * blocks that were used last are remembered, so memory is bounded however long the trace is.
 */

/** Blocks in one generation; two are remembered, of about 100 bytes a block. */
const GENERATION = 100_000;

/** A call, and the tokens of its prompt. */
export interface HashedCall {
  readonly id: string;
  readonly input: number;
}

/** What a call shares with an earlier one. */
export interface SharedPrefix {
  readonly of: HashedCall;
  readonly blocks: number;
}

/** Remembers which call had a block last. */
export class SharedBlocks {
  #recent = new Map<unknown, HashedCall>();
  #older = new Map<unknown, HashedCall>();

  /** What `call` shares with an earlier one, if anything; it is remembered itself. */
  add(call: HashedCall, hashes: readonly unknown[]): SharedPrefix | undefined {
    let shared: SharedPrefix | undefined;
    for (let blocks = hashes.length; blocks > 0 && shared === undefined; blocks--) {
      const hash = hashes[blocks - 1];
      const of = this.#recent.get(hash) ?? this.#older.get(hash);
      if (of !== undefined) shared = { of, blocks };
    }
    for (const hash of hashes) this.#recent.set(hash, call);
    if (this.#recent.size >= GENERATION) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    return shared;
  }
}
