/**
 * A KV cache as vLLM keeps it, block by block: every block has a name (which tokens it holds),
 * a count of holders, and a place in one queue of idle blocks. Slow and simple: what the cache
 * counted in extents is compared with.
 *
 * Like the extents, and unlike vLLM: a conversation's own blocks get their names when a request
 * ends, only those of its origin at once; and of two requests that compute the same blocks, the
 * second takes the first one's when it ends, or none of them becomes known twice.
 */

import { assert } from "../../../src/errors.ts";
import type { Context } from "../../../src/serving/request.ts";

/** A block; without a name, nothing can reuse it. */
export interface NamedBlock {
  name: string | undefined;
  holders: number;
}

/** What happened that a test may want to have seen. */
export interface Incidents {
  /** Idle blocks with a name that were taken for something else. */
  evictions: number;
  /** Blocks that a request held beside another one. */
  sharedHolds: number;
  /** Blocks that were computed twice. */
  duplicates: number;
}

/** All blocks of a replica. */
export class NamedBlocks {
  readonly incidents: Incidents = { evictions: 0, sharedHolds: 0, duplicates: 0 };
  readonly #total: number;
  readonly #blockSize: number;
  /** Idle blocks, the one to be taken next first. */
  readonly #idle: NamedBlock[];
  readonly #named = new Map<string, NamedBlock>();

  constructor(total: number, blockSize: number) {
    this.#total = total;
    this.#blockSize = blockSize;
    this.#idle = Array.from({ length: total }, () => ({ name: undefined, holders: 0 }));
  }

  get used(): number {
    return this.#total - this.#idle.length;
  }

  get available(): number {
    return this.#idle.length;
  }

  cachedBlocks(context: Context, limit = this.#total): number {
    let count = 0;
    while (count < limit && this.#find(context, count) !== undefined) count++;
    return count;
  }

  /** Whether taking `count` blocks takes one with a name. */
  wouldEvict(count: number): boolean {
    return this.#idle.slice(0, count).some(({ name }) => name !== undefined);
  }

  /** Of the first `count` blocks of a context, all cached: how many nobody holds. */
  idleBlocks(context: Context, count: number): number {
    return this.#prefix(context, count).filter(({ holders }) => holders === 0).length;
  }

  /** Holds the first `count` blocks of a context. */
  hold(context: Context, count: number): NamedBlock[] {
    const blocks = this.#prefix(context, count);
    for (const block of blocks) this.#holdBlock(block);
    return blocks;
  }

  take(count: number): NamedBlock[] {
    const blocks = this.#idle.splice(0, count);
    assert(blocks.length === count, "more blocks taken than idle");
    for (const block of blocks) {
      if (block.name !== undefined) {
        this.#named.delete(block.name);
        this.incidents.evictions++;
      }
      block.name = undefined;
      block.holders = 1;
    }
    return blocks;
  }

  /** Names the blocks of a request that belong to its origin; returns how many it holds then. */
  share(context: Context, blocks: readonly NamedBlock[], held: number, count: number): number {
    const { origin } = context;
    if (origin === undefined) return held;
    const shared = Math.min(count, Math.floor(origin.tokens / this.#blockSize));
    if (this.cachedBlocks(origin, shared) > held) return held;
    for (let index = held; index < shared; index++) this.#giveName(blocks[index]!, context, index);
    return Math.max(held, shared);
  }

  /** Frees the blocks of a request, the first `held` or `retained` of which keep their names. */
  release(context: Context, blocks: NamedBlock[], held: number, retained: number): void {
    const kept = blocks.slice(0, Math.max(held, retained));
    const lost = blocks.slice(kept.length);
    for (let index = held; index < retained; index++) {
      const other = this.#find(context, index);
      if (other === undefined) {
        this.#giveName(kept[index]!, context, index);
        continue;
      }
      this.#holdBlock(other);
      lost.push(kept[index]!);
      kept[index] = other;
      this.incidents.duplicates++;
    }
    for (const block of [...lost.reverse(), ...kept.reverse()]) {
      if (--block.holders === 0) this.#idle.push(block);
    }
  }

  #find(context: Context, index: number): NamedBlock | undefined {
    const name = this.#nameOf(context, index);
    return name === undefined ? undefined : this.#named.get(name);
  }

  #nameOf({ conversation, origin }: Context, index: number): string | undefined {
    const end = (index + 1) * this.#blockSize;
    if (origin !== undefined && end <= origin.tokens) return this.#nameOf(origin, index);
    return conversation < 0 ? undefined : `${conversation}/${index}`;
  }

  #prefix(context: Context, count: number): NamedBlock[] {
    return Array.from({ length: count }, (_, index) => {
      const block = this.#find(context, index);
      assert(block !== undefined, "a prefix is not cached");
      return block;
    });
  }

  #giveName(block: NamedBlock, context: Context, index: number): void {
    const name = this.#nameOf(context, index);
    assert(name !== undefined && !this.#named.has(name), `block ${name} is cached with a gap`);
    block.name = name;
    this.#named.set(name, block);
  }

  #holdBlock(block: NamedBlock): void {
    if (block.holders++ > 0) this.incidents.sharedHolds++;
    else this.#idle.splice(this.#idle.indexOf(block), 1);
  }
}
