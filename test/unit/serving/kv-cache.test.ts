import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KvCache } from "../../../src/serving/kv-cache.ts";

/** A cache of 10 blocks in which conversations 1 and 2 have left 3 and 4 blocks, in this order. */
function cacheWithTwoConversations(): KvCache {
  const kv = new KvCache(10, 16);
  kv.take(7);
  kv.retain(1, 3);
  kv.retain(2, 4);
  return kv;
}

const extents = (kv: KvCache) => [1, 2].map((conversation) => kv.cachedBlocks(conversation));

describe("KvCache", () => {
  test("rounds tokens up to blocks", () => {
    const kv = new KvCache(10, 16);
    expect([0, 1, 16, 17].map((tokens) => kv.blocksFor(tokens))).toEqual([0, 1, 1, 2]);
  });

  test("needs a block", () => expect(() => new KvCache(0, 16)).toThrow("no block"));

  test("takes and gives back", () => {
    const kv = new KvCache(10, 16);
    kv.take(7);
    expect([kv.used, kv.available]).toEqual([7, 3]);
    kv.give(5);
    expect([kv.used, kv.available]).toEqual([2, 8]);
  });

  test("counts blocks that a conversation left as available", () => {
    const kv = cacheWithTwoConversations();
    expect([kv.used, kv.available, ...extents(kv)]).toEqual([0, 10, 3, 4]);
  });

  test("evicts only when no free block is left, from the end of the least recently used", () => {
    const kv = cacheWithTwoConversations();
    kv.take(3);
    expect(extents(kv)).toEqual([3, 4]);
    kv.take(2);
    expect(extents(kv)).toEqual([1, 4]);
    kv.take(3);
    expect(extents(kv)).toEqual([0, 2]);
    expect([kv.used, kv.available]).toEqual([8, 2]);
  });

  test("takes a conversation retained again as the most recently used", () => {
    const kv = cacheWithTwoConversations();
    kv.claim(1, 3);
    kv.retain(1, 3);
    kv.take(4);
    expect(extents(kv)).toEqual([3, 3]);
  });

  test("hands the first blocks of a conversation to a request and frees the rest", () => {
    const kv = cacheWithTwoConversations();
    kv.claim(2, 3);
    expect([kv.used, kv.available, ...extents(kv)]).toEqual([3, 7, 3, 0]);
  });

  test("replaces what a conversation left before", () => {
    const kv = cacheWithTwoConversations();
    kv.take(2);
    kv.retain(2, 2);
    expect([kv.used, kv.available, ...extents(kv)]).toEqual([0, 10, 3, 2]);
    kv.retain(1, 0);
    expect(extents(kv)).toEqual([0, 2]);
  });

  test("refuses to take, give back, claim or retain what is not there", () => {
    const kv = cacheWithTwoConversations();
    expect(() => kv.take(11)).toThrow("more KV blocks taken");
    expect(() => kv.claim(1, 4)).toThrow("more KV blocks claimed");
    expect(() => kv.give(1)).toThrow("given back twice");
    expect(() => new KvCache(4, 16).retain(1, 1)).toThrow("more KV blocks retained");
  });

  test("keeps used + free + cached = total, evicting in the order of last use", () => {
    const operation = fc.record({
      kind: fc.constantFrom("take", "give", "claim", "retain"),
      conversation: fc.nat({ max: 4 }),
      amount: fc.nat({ max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const kv = new KvCache(20, 4);
        const model = new ModelCache(20);
        for (const { kind, conversation, amount } of operations) {
          const count = Math.min(amount, model.limit(kind, conversation));
          if (kind === "take" || kind === "give") kv[kind](count);
          else kv[kind](conversation, count);
          model[kind](count, conversation);
          expect([kv.used, kv.available]).toEqual([model.used, 20 - model.used]);
          for (let id = 0; id < 5; id++) expect(kv.cachedBlocks(id)).toBe(model.cachedBlocks(id));
        }
      }),
    );
  });
});

/** The same as a list of single blocks, each cached one owned by a conversation. */
class ModelCache {
  used = 0;
  /** One entry a block, least recently used conversation first. */
  #cached: number[] = [];
  readonly #total: number;

  constructor(total: number) {
    this.#total = total;
  }

  cachedBlocks(conversation: number): number {
    return this.#cached.filter((owner) => owner === conversation).length;
  }

  limit(kind: "take" | "give" | "claim" | "retain", conversation: number): number {
    if (kind === "take") return this.#total - this.used;
    return kind === "claim" ? this.cachedBlocks(conversation) : this.used;
  }

  take(count: number): void {
    this.used += count;
    while (this.used + this.#cached.length > this.#total) this.#cached.shift();
  }

  give(count: number): void {
    this.used -= count;
  }

  claim(count: number, conversation: number): void {
    this.#cached = this.#cached.filter((owner) => owner !== conversation);
    this.used += count;
  }

  retain(count: number, conversation: number): void {
    this.claim(0, conversation);
    this.used -= count;
    for (let block = 0; block < count; block++) this.#cached.push(conversation);
  }
}
