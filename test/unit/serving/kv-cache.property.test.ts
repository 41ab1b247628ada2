/**
 * The cache counted in extents against one that keeps every block by name: random requests of
 * conversations, system prompts and branches come, grow and end, and everything that can be asked
 * is compared after each step.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { KvCache } from "../../../src/serving/kv-cache.ts";
import type { Context } from "../../../src/serving/request.ts";
import { type Incidents, type NamedBlock, NamedBlocks } from "./named-blocks.ts";

const BLOCKS = 24;
const BLOCK_SIZE = 4;
const RUNS = 1000;

/** A request that runs in both caches. */
interface Running {
  /** Null for one that nothing is cached of. */
  readonly context: Context | null;
  readonly blocks: NamedBlock[];
  held: number;
  tokens: number;
}

interface Operation {
  readonly kind: "start" | "grow" | "end" | "preempt";
  /** Which context, or which running request; reduced modulo what exists. */
  readonly which: number;
  readonly tokens: number;
  readonly retained: number;
}

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("start", "start", "grow", "end", "preempt"),
    which: fc.nat({ max: 99 }),
    tokens: fc.integer({ min: 1, max: 48 }),
    retained: fc.nat({ max: 60 }),
  }),
  { maxLength: 60, size: "max" },
);

/** A system prompt, conversations from it and without, branches two deep, and single prompts. */
const contexts: fc.Arbitrary<(Context | null)[]> = fc
  .tuple(...Array.from({ length: 4 }, () => fc.nat({ max: 40 })))
  .map(([prompt, branch, twig, other]) => {
    const system = { conversation: 100, tokens: prompt! };
    const first = { conversation: 1, origin: system };
    const second = { conversation: 2, origin: { ...first, tokens: branch! } };
    return [
      null,
      { conversation: 0 },
      first,
      second,
      { conversation: 3, origin: { ...second, tokens: twig! } },
      { conversation: 4, origin: system },
      { conversation: -1, origin: system },
      { conversation: -1, origin: { conversation: 0, tokens: other! } },
      { conversation: 100 },
    ];
  });

test("the cache of extents and the one of named blocks tell the same", () => {
  const met: Incidents & { longest: number } = {
    evictions: 0,
    sharedHolds: 0,
    duplicates: 0,
    longest: 0,
  };
  const property = fc.property(contexts, operations, fc.boolean(), (given, steps, isAsked) => {
    const pair = new CachePair(given, isAsked);
    for (const step of steps) {
      pair.apply(step);
      pair.compare();
    }
    pair.drain();
    const { evictions, sharedHolds, duplicates } = pair.named.incidents;
    met.evictions += evictions;
    met.sharedHolds += sharedHolds;
    met.duplicates += duplicates;
    met.longest = Math.max(met.longest, pair.mostRunning);
  });
  fc.assert(property, { numRuns: RUNS });
  expect(Math.min(met.evictions, met.sharedHolds, met.duplicates)).toBeGreaterThan(RUNS);
  expect(met.longest).toBeGreaterThan(5);
});

/** Both caches under the same requests. */
class CachePair {
  readonly kv = new KvCache(BLOCKS, BLOCK_SIZE);
  readonly named = new NamedBlocks(BLOCKS, BLOCK_SIZE);
  mostRunning = 0;
  readonly #contexts: readonly (Context | null)[];
  readonly #running: Running[] = [];
  /** Whether idle blocks are asked for: the question splits extents, which may hide faults. */
  readonly #isAsked: boolean;

  constructor(given: readonly (Context | null)[], isAsked: boolean) {
    this.#contexts = given;
    this.#isAsked = isAsked;
  }

  apply({ kind, which, tokens, retained }: Operation): void {
    if (kind === "start") {
      this.#start(this.#contexts[which % this.#contexts.length]!, tokens);
      return;
    }
    const request = this.#running[which % this.#running.length];
    if (request === undefined) return;
    if (kind === "grow") this.#grow(request, tokens);
    // A preempted request leaves all its full blocks.
    else this.#end(request, kind === "end" ? retained : request.tokens);
  }

  compare(): void {
    for (const count of [0, 1, 5, BLOCKS]) {
      const isEvicted = this.named.wouldEvict(count);
      // Behind blocks without a name, the cache of extents does not look.
      if (isEvicted && !this.kv.wouldEvict(count)) expect.unreachable("an eviction unforeseen");
    }
    const expected = this.#describe(this.named);
    const told = this.#describe(this.kv);
    if (told.some((value, index) => value !== expected[index])) expect(told).toEqual(expected);
  }

  #describe(cache: KvCache | NamedBlocks): number[] {
    const told = [cache.used, cache.available];
    for (const context of this.#contexts) {
      if (context === null) continue;
      const cached = cache.cachedBlocks(context);
      const half = cached >> 1;
      told.push(cached, cache.cachedBlocks(context, half));
      if (!this.#isAsked) continue;
      told.push(cache.idleBlocks(context, cached), cache.idleBlocks(context, half));
    }
    return told;
  }

  /** Takes all idle blocks one by one: they must be there, and go in the same order. */
  drain(): void {
    const { kv, named } = this;
    for (let left = BLOCKS - named.used; left > 0; left--) {
      kv.take(1);
      named.take(1);
      this.compare();
    }
    expect(kv.available).toBe(0);
    expect(() => kv.take(1)).toThrow("more KV blocks taken than available");
  }

  #start(context: Context | null, tokens: number): void {
    const { kv, named } = this;
    const limit = Math.floor((tokens - 1) / BLOCK_SIZE);
    const held = context === null ? 0 : kv.cachedBlocks(context, limit);
    const count = kv.blocksFor(tokens) - held;
    const idle = context === null ? 0 : named.idleBlocks(context, held);
    if (count > kv.available - idle) return;
    const blocks: NamedBlock[] = [];
    if (context !== null) {
      if (held > 0) kv.hold(context, held);
      blocks.push(...named.hold(context, held));
    }
    kv.take(count);
    blocks.push(...named.take(count));
    const request = { context, blocks, held, tokens };
    this.#running.push(request);
    this.mostRunning = Math.max(this.mostRunning, this.#running.length);
    this.#share(request);
  }

  #grow(request: Running, tokens: number): void {
    const { kv, named } = this;
    const count = kv.blocksFor(request.tokens + tokens) - request.blocks.length;
    if (count > kv.available) return;
    kv.take(count);
    request.blocks.push(...named.take(count));
    request.tokens += tokens;
    this.#share(request);
  }

  #share(request: Running): void {
    const { context, blocks, held, tokens } = request;
    if (context === null) return;
    const full = Math.floor(tokens / BLOCK_SIZE);
    request.held = this.kv.share(context, held, full);
    expect(request.held).toBe(this.named.share(context, blocks, held, full));
  }

  #end(request: Running, retainTokens: number): void {
    const { kv, named } = this;
    const { context, blocks, held, tokens } = request;
    this.#running.splice(this.#running.indexOf(request), 1);
    if (context === null) {
      kv.give(blocks.length);
      named.release({ conversation: -1 }, blocks, 0, 0);
      return;
    }
    // A prompt without a conversation has nothing in common with others but its origin.
    const common = context.conversation < 0 ? context.origin!.tokens : tokens;
    const retained = Math.floor(Math.min(tokens, retainTokens, common) / BLOCK_SIZE);
    kv.release(context, held, blocks.length - held, retained);
    named.release(context, blocks, held, retained);
  }
}
