/**
 * Block accounting of a replica's paged KV cache with prefix reuse. Blocks are counted in extents
 * (runs of blocks), never one by one:
 *
 * - A context is a path of conversations: the first blocks belong to the conversation that it
 *   started from (a system prompt, or one that it branched off), the rest to itself.
 * - What is cached of a conversation is a list of extents from its first block on. A request that
 *   reuses a prefix holds its extents; they can be evicted once nobody holds them.
 * - Idle blocks queue in the order in which they became idle, and are taken from the front, as
 *   vLLM's free queue: of one request the last blocks first, blocks that nothing can reuse
 *   (anonymous ones) before those that can.
 */

import { assert } from "../errors.ts";
import type { Context } from "./request.ts";

/** A run of blocks that were last used together. */
class Extent {
  /** Null for blocks that nothing can reuse. */
  readonly owner: CachedConversation | null;
  blocks: number;
  /** Requests that use it; it is in the idle queue when there is none. */
  holders = 0;
  previous: Extent = this;
  next: Extent = this;

  constructor(owner: CachedConversation | null, blocks: number) {
    this.owner = owner;
    this.blocks = blocks;
  }
}

/** The cached blocks of a conversation, behind those of the one it started from. */
interface CachedConversation {
  readonly id: number;
  readonly extents: Extent[];
  blocks: number;
}

/** Blocks of one replica: used + idle = total, always. */
export class KvCache {
  readonly totalBlocks: number;
  readonly blockSize: number;
  /** Blocks held by requests. */
  used = 0;
  readonly #conversations = new Map<number, CachedConversation>();
  /** Ring of idle extents: `next` is the one to be evicted first. */
  readonly #idle = new Extent(null, 0);
  /** What `#extents` found last: one list for all look-ups, as each call makes several. */
  readonly #found: Extent[] = [];

  constructor(totalBlocks: number, blockSize: number) {
    assert(totalBlocks > 0 && blockSize > 0, "a KV cache has no block");
    this.totalBlocks = totalBlocks;
    this.blockSize = blockSize;
    this.#queue(new Extent(null, totalBlocks));
  }

  /** Blocks that a request may take: all that no request holds. */
  get available(): number {
    return this.totalBlocks - this.used;
  }

  /** Blocks that hold this many tokens. */
  blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }

  /** Whether taking `count` blocks evicts something that can be reused. */
  wouldEvict(count: number): boolean {
    const first = this.#idle.next;
    return count > 0 && (first.owner !== null || first.blocks < count);
  }

  /** Takes `count` ≤ `available` blocks for a request, evicting cached ones as needed. */
  take(count: number): void {
    if (count === 0) return;
    assert(count <= this.available, "more KV blocks taken than available");
    this.used += count;
    let missing = count;
    while (missing > 0) missing -= this.#evict(missing);
  }

  /** Gives back blocks that nothing can reuse. */
  give(count: number): void {
    if (count === 0) return;
    this.used -= count;
    assert(count > 0 && this.used >= 0, "KV blocks given back twice");
    const last = this.#idle.previous;
    if (last.owner === null && last !== this.#idle) last.blocks += count;
    else this.#queue(new Extent(null, count));
  }

  /** Cached blocks from the start of a context, at most `limit`. */
  cachedBlocks({ conversation, origin }: Context, limit = this.totalBlocks): number {
    const cached = conversation < 0 ? undefined : this.#conversations.get(conversation);
    const start = origin === undefined ? 0 : this.#fullBlocks(origin.tokens);
    // What comes later in a context is evicted first, so all before it is cached too.
    if (cached !== undefined) return Math.min(limit, start + cached.blocks);
    return origin === undefined ? 0 : this.cachedBlocks(origin, Math.min(limit, start));
  }

  /** Of the first `count` blocks of a context, all cached: how many no request holds. */
  idleBlocks(context: Context, count: number): number {
    let idle = 0;
    for (const extent of this.#extents(context, 0, count)) {
      if (extent.holders === 0) idle += extent.blocks;
    }
    return idle;
  }

  /** Lets a request hold the first `count` blocks of a context, all of which are cached. */
  hold(context: Context, count: number): void {
    this.#hold(context, 0, count);
  }

  /**
   * Caches what a request has taken, up to block `count` of its context, as far as it belongs to
   * conversations that its own started from: others that start there find it at once. The request
   * holds the first `held` blocks; returns how many it holds then.
   */
  share({ origin }: Context, held: number, count: number): number {
    if (origin === undefined) return held;
    const shared = Math.min(count, this.#fullBlocks(origin.tokens));
    // Where others were faster, the blocks of this request are duplicates.
    if (shared <= held || this.cachedBlocks(origin, shared) > held) return held;
    this.#append(origin, held, shared);
    return shared;
  }

  /**
   * Ends the hold of the first `held` blocks of a context and of `taken` ones behind them. Up to
   * block `retained` they stay cached; the rest can be reused by nothing.
   */
  release(context: Context, held: number, taken: number, retained: number): void {
    let rest = taken;
    if (retained > held) {
      const cached = this.cachedBlocks(context, retained);
      this.#hold(context, held, cached);
      this.#append(context, cached, retained);
      rest -= retained - cached;
    }
    this.give(rest);
    const extents = this.#extents(context, 0, Math.max(held, retained));
    for (let index = extents.length - 1; index >= 0; index--) {
      const extent = extents[index]!;
      if (--extent.holders > 0) continue;
      this.used -= extent.blocks;
      this.#queue(extent);
    }
    assert(this.used >= 0, "more KV blocks released than held");
  }

  #hold(context: Context, from: number, to: number): void {
    for (const extent of this.#extents(context, from, to)) {
      if (extent.holders++ > 0) continue;
      unlink(extent);
      this.used += extent.blocks;
    }
  }

  /**
   * The extents of blocks `from` up to `to` of a context, which are cached; split to fit. The list
   * holds until the next look-up.
   */
  #extents(context: Context, from: number, to: number): readonly Extent[] {
    const found = this.#found;
    while (found.length > 0) found.pop();
    if (from < to) this.#collect(context, from, to, found);
    return found;
  }

  #collect({ conversation, origin }: Context, from: number, to: number, found: Extent[]): void {
    const start = origin === undefined ? 0 : this.#fullBlocks(origin.tokens);
    if (origin !== undefined && from < start) {
      this.#collect(origin, from, Math.min(to, start), found);
    }
    if (to <= start) return;
    const cached = this.#conversations.get(conversation);
    assert(cached !== undefined && start + cached.blocks >= to, "KV blocks held are not cached");
    let position = start;
    for (let index = 0; position < to; index++) {
      const extent = cached.extents[index]!;
      if (position < from && position + extent.blocks > from) split(cached, index, from - position);
      else if (position + extent.blocks > to) split(cached, index, to - position);
      if (position >= from) found.push(extent);
      position += extent.blocks;
    }
  }

  /**
   * Makes blocks that a request has taken those of blocks `from` up to `to` of a context, of which
   * it holds all before.
   */
  #append({ conversation, origin }: Context, from: number, to: number): void {
    const start = origin === undefined ? 0 : this.#fullBlocks(origin.tokens);
    if (origin !== undefined && from < start) this.#append(origin, from, Math.min(to, start));
    if (to <= start) return;
    assert(conversation >= 0, "KV blocks retained beyond what a call without conversation shares");
    const count = to - Math.max(from, start);
    if (count === 0) return;
    const cached = this.#conversations.get(conversation) ?? this.#addConversation(conversation);
    assert(start + cached.blocks === to - count, "KV blocks cached with a gap");
    const last = cached.extents.at(-1);
    if (last?.holders === 1) last.blocks += count;
    else {
      const extent = new Extent(cached, count);
      extent.holders = 1;
      cached.extents.push(extent);
    }
    cached.blocks += count;
  }

  #addConversation(id: number): CachedConversation {
    const cached = { id, extents: [], blocks: 0 };
    this.#conversations.set(id, cached);
    return cached;
  }

  /** Puts an extent at the end of the idle queue; joins it with what follows it in its context. */
  #queue(extent: Extent): void {
    const last = this.#idle.previous;
    if (extent.owner !== null && last.owner === extent.owner) {
      const { extents } = extent.owner;
      const index = extents.lastIndexOf(last);
      assert(extents[index - 1] === extent, "extents queued out of order");
      extents.splice(index, 1);
      unlink(last);
      extent.blocks += last.blocks;
    }
    link(extent, this.#idle);
  }

  /** Frees at most `limit` blocks of the extent that has been idle longest; returns how many. */
  #evict(limit: number): number {
    const extent = this.#idle.next;
    const count = Math.min(limit, extent.blocks);
    extent.blocks -= count;
    if (extent.blocks === 0) unlink(extent);
    const { owner } = extent;
    if (owner !== null) {
      assert(owner.extents.at(-1) === extent, "KV blocks evicted before those that need them");
      owner.blocks -= count;
      if (extent.blocks === 0) owner.extents.pop();
      if (owner.blocks === 0) this.#conversations.delete(owner.id);
    }
    return count;
  }

  #fullBlocks(tokens: number): number {
    return Math.floor(tokens / this.blockSize);
  }
}

/** Divides an extent after its first `count` blocks. */
function split({ extents }: CachedConversation, index: number, count: number): void {
  const extent = extents[index]!;
  const rest = new Extent(extent.owner, extent.blocks - count);
  rest.holders = extent.holders;
  extent.blocks = count;
  extents.splice(index + 1, 0, rest);
  if (extent.holders === 0) link(rest, extent);
}

/** Puts an extent into the idle queue before another. */
function link(extent: Extent, next: Extent): void {
  extent.previous = next.previous;
  extent.next = next;
  extent.previous.next = extent;
  next.previous = extent;
}

function unlink(extent: Extent): void {
  extent.previous.next = extent.next;
  extent.next.previous = extent.previous;
}
