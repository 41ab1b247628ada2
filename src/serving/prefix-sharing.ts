/** What sequences share with the prefix cache: blocks found there, and those left to later ones. */

import type { KvCache } from "./kv-cache.ts";
import type { Request } from "./request.ts";
import type { Sequence } from "./sequence.ts";

/** The prefix cache as the sequences of one replica use it. */
export class PrefixSharing {
  readonly #kv: KvCache;
  readonly #isEnabled: boolean;

  constructor(kv: KvCache, isEnabled: boolean) {
    this.#kv = kv;
    this.#isEnabled = isEnabled;
  }

  /** Cached blocks that a waiting sequence can reuse; its last token is always computed. */
  hitBlocks({ request, prefillTokens }: Sequence): number {
    if (!this.#isCacheable(request)) return 0;
    const reusable = Math.floor((prefillTokens - 1) / this.#kv.blockSize);
    return this.#kv.cachedBlocks(request, reusable);
  }

  /** Holds with others the full blocks of a sequence's context up to so many tokens. */
  share(sequence: Sequence, tokens: number): void {
    const { request, heldBlocks } = sequence;
    if (request.origin === undefined || !this.#isEnabled) return;
    const fullBlocks = Math.floor(tokens / this.#kv.blockSize);
    sequence.heldBlocks = this.#kv.share(request, heldBlocks, fullBlocks);
  }

  /** Gives back the blocks of a sequence but for those that later prompts may reuse. */
  release({ request, computedTokens, heldBlocks }: Sequence, blocks: number): void {
    if (!this.#isCacheable(request)) {
      this.#kv.give(blocks);
      return;
    }
    const reusable = Math.min(computedTokens, request.retainTokens);
    const retained = Math.floor(reusable / this.#kv.blockSize);
    this.#kv.release(request, heldBlocks, blocks - heldBlocks, retained);
  }

  #isCacheable({ conversation, origin }: Request): boolean {
    return this.#isEnabled && (conversation >= 0 || origin !== undefined);
  }
}
