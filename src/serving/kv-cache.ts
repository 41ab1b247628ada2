/**
 * Block accounting of a replica's paged KV cache, with prefix reuse per conversation. Blocks are
 * counted, not named: what a conversation left behind is one extent (a run of full blocks from
 * its start), evicted from its end, least recently used conversation first.
 * Left out: sharing of one prefix between conversations.
 */

import { assert } from "../errors.ts";

/** Blocks of one replica: used + cached + free = total, always. */
export class KvCache {
  readonly totalBlocks: number;
  readonly blockSize: number;
  #free: number;
  #cached = 0;
  /** Full blocks left by each conversation; insertion order is the order of last use. */
  readonly #extents = new Map<number, number>();

  constructor(totalBlocks: number, blockSize: number) {
    assert(totalBlocks > 0 && blockSize > 0, "a KV cache has no block");
    this.totalBlocks = totalBlocks;
    this.blockSize = blockSize;
    this.#free = totalBlocks;
  }

  /** Blocks that a request may take: free ones, and cached ones that no request holds. */
  get available(): number {
    return this.#free + this.#cached;
  }

  /** Blocks held by requests. */
  get used(): number {
    return this.totalBlocks - this.#free - this.#cached;
  }

  /** Blocks that hold this many tokens. */
  blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }

  /** Takes `count` ≤ `available` blocks for a request, evicting cached ones as needed. */
  take(count: number): void {
    assert(count <= this.available, "more KV blocks taken than available");
    if (count > this.#free) this.#evict(count - this.#free);
    this.#free -= count;
  }

  /** Gives back blocks of a request that nothing will reuse. */
  give(count: number): void {
    this.#free += count;
    assert(count >= 0 && this.used >= 0, "KV blocks given back twice");
  }

  /** Full blocks of this conversation's context in the cache. */
  cachedBlocks(conversation: number): number {
    return this.#extents.get(conversation) ?? 0;
  }

  /** Hands the first `count` cached blocks of a conversation to a request; the rest is freed. */
  claim(conversation: number, count: number): void {
    const blocks = this.cachedBlocks(conversation);
    assert(count <= blocks, "more KV blocks claimed than cached");
    this.#extents.delete(conversation);
    this.#cached -= blocks;
    this.#free += blocks - count;
  }

  /** Leaves `count` blocks of a finished request to its conversation. */
  retain(conversation: number, count: number): void {
    this.claim(conversation, 0);
    this.#cached += count;
    assert(this.used >= 0, "more KV blocks retained than held");
    if (count > 0) this.#extents.set(conversation, count);
  }

  #evict(count: number): void {
    let missing = count;
    for (const [conversation, blocks] of this.#extents) {
      const evicted = Math.min(missing, blocks);
      if (evicted === blocks) this.#extents.delete(conversation);
      else this.#extents.set(conversation, blocks - evicted);
      this.#cached -= evicted;
      this.#free += evicted;
      missing -= evicted;
      if (missing === 0) return;
    }
  }
}
