/** What the KV cache does, case by case; `kv-cache.property.test.ts` has it in general. */

import { describe, expect, test } from "vitest";
import { KvCache } from "../../../src/serving/kv-cache.ts";
import type { Context } from "../../../src/serving/request.ts";

const one: Context = { conversation: 1 };
const two: Context = { conversation: 2 };
/** Conversations that start from 32 tokens of system prompt 9, and a branch off the first. */
const system: Context = { conversation: 9 };
const first: Context = { conversation: 3, origin: { ...system, tokens: 32 } };
const second: Context = { conversation: 4, origin: { ...system, tokens: 32 } };
const branch: Context = { conversation: 5, origin: { ...first, tokens: 64 } };

/** Lets a request compute all blocks of a context and leave them. */
function leave(kv: KvCache, context: Context, blocks: number): void {
  kv.take(blocks);
  kv.release(context, 0, blocks, blocks);
}

/** A cache of 10 blocks in which two conversations have left 3 and 4 blocks, in this order. */
function cacheWithTwoConversations(): KvCache {
  const kv = new KvCache(10, 16);
  leave(kv, one, 3);
  leave(kv, two, 4);
  return kv;
}

const cached = (kv: KvCache, ...contexts: Context[]) =>
  contexts.map((context) => kv.cachedBlocks(context));

describe("blocks", () => {
  test("hold tokens, rounded up", () => {
    const kv = new KvCache(10, 16);
    expect([0, 1, 16, 17].map((tokens) => kv.blocksFor(tokens))).toEqual([0, 1, 1, 2]);
  });

  test("are at least one", () => expect(() => new KvCache(0, 16)).toThrow("no block"));

  test("are taken and given back", () => {
    const kv = new KvCache(10, 16);
    kv.take(7);
    expect([kv.used, kv.available]).toEqual([7, 3]);
    kv.give(5);
    expect([kv.used, kv.available]).toEqual([2, 8]);
  });

  test("that a conversation left are available", () => {
    const kv = cacheWithTwoConversations();
    expect([kv.used, kv.available, ...cached(kv, one, two)]).toEqual([0, 10, 3, 4]);
  });

  test("that are not there are neither taken, given back, held nor released", () => {
    const kv = cacheWithTwoConversations();
    expect(() => kv.take(11)).toThrow("more KV blocks taken");
    expect(() => kv.hold(one, 4)).toThrow("not cached");
    expect(() => kv.give(1)).toThrow("given back twice");
    expect(() => cacheWithTwoConversations().release(one, 3, 0, 3)).toThrow("than held");
  });
});

describe("eviction", () => {
  test("takes blocks that were never used first, then the end of what is idle longest", () => {
    const kv = cacheWithTwoConversations();
    kv.take(3);
    expect(cached(kv, one, two)).toEqual([3, 4]);
    kv.take(2);
    expect(cached(kv, one, two)).toEqual([1, 4]);
    kv.take(3);
    expect(cached(kv, one, two)).toEqual([0, 2]);
    expect([kv.used, kv.available]).toEqual([8, 2]);
  });

  test("takes blocks that nothing can reuse in their turn, not before older cached ones", () => {
    const kv = new KvCache(10, 16);
    kv.take(4);
    leave(kv, one, 3);
    kv.give(4);
    leave(kv, two, 3);
    // Never used: those that `two` took. Then `one` has been idle longest, then the four.
    kv.take(3);
    expect(cached(kv, one, two)).toEqual([0, 3]);
    kv.take(4);
    expect(cached(kv, one, two)).toEqual([0, 3]);
    kv.take(1);
    expect(cached(kv, one, two)).toEqual([0, 2]);
  });

  test("takes the blocks that a request does not retain before those that it does", () => {
    const kv = new KvCache(6, 16);
    kv.take(6);
    kv.release(one, 0, 6, 2);
    kv.take(4);
    expect(cached(kv, one)).toEqual([2]);
  });

  test("is foreseen", () => {
    const kv = cacheWithTwoConversations();
    expect([0, 3, 4].map((count) => kv.wouldEvict(count))).toEqual([false, false, true]);
    kv.take(3);
    expect([0, 1].map((count) => kv.wouldEvict(count))).toEqual([false, true]);
    expect(new KvCache(10, 16).wouldEvict(10)).toBe(false);
  });

  test("leaves what was held again since to the last", () => {
    const kv = cacheWithTwoConversations();
    kv.hold(one, 3);
    kv.release(one, 3, 0, 3);
    kv.take(4);
    expect(cached(kv, one, two)).toEqual([3, 3]);
  });

  test("goes on where it was when only the start of a conversation was held again", () => {
    const kv = cacheWithTwoConversations();
    kv.hold(one, 1);
    kv.release(one, 1, 0, 1);
    kv.take(5);
    expect(cached(kv, one, two)).toEqual([1, 4]);
    kv.take(4);
    expect(cached(kv, one, two)).toEqual([1, 0]);
  });
});

describe("a held prefix", () => {
  test("stays visible, and cannot be evicted", () => {
    const kv = cacheWithTwoConversations();
    kv.hold(two, 3);
    expect([kv.used, kv.available, ...cached(kv, one, two)]).toEqual([3, 7, 3, 4]);
    expect(kv.idleBlocks(two, 4)).toBe(1);
    kv.take(7);
    expect(cached(kv, one, two)).toEqual([0, 3]);
  });

  test("is used once however many hold it, and idle when the last has ended", () => {
    const kv = cacheWithTwoConversations();
    kv.hold(two, 4);
    kv.hold(two, 2);
    expect([kv.used, kv.idleBlocks(two, 4)]).toEqual([4, 0]);
    kv.release(two, 4, 0, 4);
    expect([kv.used, kv.idleBlocks(two, 4)]).toEqual([2, 2]);
    kv.take(8);
    expect(cached(kv, two)).toEqual([2]);
    kv.release(two, 2, 0, 2);
    expect(kv.used).toBe(8);
  });

  test("grows by what its request computed", () => {
    const kv = cacheWithTwoConversations();
    kv.hold(one, 3);
    kv.take(3);
    expect(cached(kv, one)).toEqual([3]);
    kv.release(one, 3, 3, 5);
    expect([kv.used, ...cached(kv, one)]).toEqual([0, 5]);
  });

  test("is what others left of the same conversation, their blocks being duplicates", () => {
    const kv = new KvCache(10, 16);
    kv.take(8);
    kv.release(one, 0, 3, 3);
    kv.release(one, 0, 5, 5);
    expect([kv.used, ...cached(kv, one)]).toEqual([0, 5]);
    // Of the ten blocks, five were never used or are duplicates.
    kv.take(5);
    expect(cached(kv, one)).toEqual([5]);
  });

  test("is looked up to a limit", () => {
    const kv = cacheWithTwoConversations();
    expect([0, 2, 9].map((limit) => kv.cachedBlocks(two, limit))).toEqual([0, 2, 4]);
  });
});

describe("an origin", () => {
  test("is found by all contexts that start from it, as soon as it is shared", () => {
    const kv = new KvCache(20, 16);
    kv.take(3);
    expect(kv.share(first, 0, 1)).toBe(1);
    expect(cached(kv, system, first, second, branch)).toEqual([1, 1, 1, 1]);
    expect(kv.share(first, 1, 3)).toBe(2);
    expect(cached(kv, system, first, second, branch)).toEqual([2, 2, 2, 2]);
    expect([kv.used, kv.idleBlocks(second, 2)]).toEqual([3, 0]);
  });

  test("is what a branch has in common with the conversation that it left", () => {
    const kv = new KvCache(20, 16);
    leave(kv, first, 6);
    expect(cached(kv, system, first, second, branch)).toEqual([2, 6, 2, 4]);
    kv.hold(branch, 4);
    kv.take(2);
    kv.release(branch, 4, 2, 6);
    expect(cached(kv, system, first, second, branch)).toEqual([2, 6, 2, 6]);
  });

  test("ends within a block, which belongs to the conversation", () => {
    const kv = new KvCache(20, 16);
    const third: Context = { conversation: 6, origin: { ...system, tokens: 47 } };
    kv.take(3);
    expect(kv.share(third, 0, 3)).toBe(2);
    kv.release(third, 2, 1, 3);
    expect(cached(kv, third, first, system)).toEqual([3, 2, 2]);
  });

  test("can be evicted only when the last request that holds it has ended", () => {
    const kv = new KvCache(6, 16);
    kv.take(3);
    kv.share(first, 0, 3);
    kv.hold(second, 2);
    kv.take(1);
    kv.release(first, 2, 1, 3);
    expect([kv.used, kv.available]).toEqual([3, 3]);
    kv.take(3);
    expect(cached(kv, first, second)).toEqual([2, 2]);
    kv.give(3);
    kv.release(second, 2, 1, 3);
    expect([kv.used, ...cached(kv, first, second)]).toEqual([0, 2, 3]);
  });

  test("goes after the blocks that build on it", () => {
    const kv = new KvCache(6, 16);
    leave(kv, branch, 6);
    const left = Array.from({ length: 6 }, () => {
      kv.take(1);
      return cached(kv, branch, first, system);
    });
    expect(left).toEqual([
      [5, 4, 2],
      [4, 4, 2],
      [3, 3, 2],
      [2, 2, 2],
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  test("that another request shared first leaves this one's blocks duplicates", () => {
    const kv = new KvCache(10, 16);
    kv.take(6);
    expect(kv.share(first, 0, 2)).toBe(2);
    expect(kv.share(second, 0, 2)).toBe(0);
    kv.release(second, 0, 3, 3);
    expect([kv.used, ...cached(kv, second)]).toEqual([3, 3]);
    kv.release(first, 2, 1, 2);
    expect([kv.used, ...cached(kv, first, second)]).toEqual([0, 2, 3]);
  });

  test("is all that a prompt without a conversation finds", () => {
    const kv = new KvCache(10, 16);
    const prompt: Context = { conversation: -1, origin: { ...system, tokens: 32 } };
    kv.take(4);
    expect(kv.share(prompt, 0, 4)).toBe(2);
    kv.release(prompt, 2, 2, 0);
    expect([kv.used, ...cached(kv, prompt, first)]).toEqual([0, 2, 2]);
  });

  test("means nothing to a context without one", () => {
    const kv = new KvCache(10, 16);
    kv.take(4);
    expect(kv.share(one, 0, 4)).toBe(0);
    expect(cached(kv, one)).toEqual([0]);
  });
});
