/**
 * Continuous batching with chunked prefill, as vLLM v1 schedules: an iteration holds one token of
 * every decoding sequence, then prefill chunks first come first served within the token budget.
 * A sequence that finds no KV block preempts the one admitted last, which recomputes later.
 * Knows nothing of time: `replica.ts` asks what to run, and says how many iterations have run.
 */

import { assert } from "../errors.ts";
import type { Engine } from "../llm/engine.ts";
import type { PrefillChunk } from "../llm/iteration-time.ts";
import { DecodeBatch, type Sequence } from "./decode-batch.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Request } from "./request.ts";
import { WaitingQueue } from "./waiting-queue.ts";

/** A prefill chunk of the coming iteration. */
interface SequenceChunk extends PrefillChunk {
  readonly sequence: Sequence;
}

/** The batch of one replica. */
export class Batcher {
  readonly kv: KvCache;
  /** Chunks of the coming iteration; empty for a run of decodes. */
  readonly chunks: SequenceChunk[] = [];
  /** Whether the batch differs from that of the last iteration. */
  hasChanged = true;
  /** Sequences first scheduled by the last `compose`. */
  readonly started: Sequence[] = [];
  /** Sequences that got a first token, and that ended, in the last `advance`. */
  readonly firstTokens: Sequence[] = [];
  readonly finished: Sequence[] = [];

  readonly #engine: Engine;
  readonly #waiting = new WaitingQueue<Sequence>();
  readonly #prefilling: Sequence[] = [];
  readonly #decoding: DecodeBatch;
  #hasPreempted = false;
  /** Iterations of the run whose KV blocks are taken. */
  #settled = 0;

  constructor(engine: Engine, kv: KvCache) {
    this.#engine = engine;
    this.kv = kv;
    this.#decoding = new DecodeBatch(kv.blockSize);
  }

  /** Decoding sequences in the coming iteration. */
  get decodes(): number {
    return this.#decoding.size;
  }

  /** Sequences in the coming iteration. */
  get batch(): number {
    return this.#decoding.size + this.chunks.length;
  }

  /** Tokens that the decodes of the coming iteration attend to, their own included. */
  get contextTokens(): number {
    return this.#decoding.contextTokens;
  }

  /** Requests on the replica. */
  get requestCount(): number {
    return this.#waiting.length + this.#prefilling.length + this.#decoding.size;
  }

  /** Adds a request; true if the next boundary may admit it, so that a run must end there. */
  enqueue(request: Request): boolean {
    this.#waiting.push({
      request,
      prefillTokens: request.promptTokens,
      computedTokens: 0,
      generated: 0,
      contextOffset: 0,
      finishCount: 0,
      lostBefore: 0,
    });
    return this.#waiting.length === 1 && this.#hasPlace();
  }

  /** Decides the coming iteration; false when there is nothing to run. */
  compose(): boolean {
    this.hasChanged = this.chunks.length > 0 || this.finished.length > 0;
    this.chunks.length = 0;
    this.started.length = 0;
    this.finished.length = 0;
    this.#hasPreempted = false;
    this.#makeRoomForDecodes();
    let budget = this.#engine.maxNumBatchedTokens - this.#decoding.size;
    budget = this.#continuePrefills(budget);
    if (!this.#hasPreempted) this.#admit(budget);
    this.hasChanged ||= this.chunks.length > 0 || this.#hasPreempted;
    return this.batch > 0;
  }

  /** Iterations that can run before the batch may change: the length of an exact run. */
  runLength(): number {
    if (this.chunks.length > 0 || (this.#hasPreempted && this.#waiting.length > 0)) return 1;
    const untilFinish = this.#decoding.iterationsToFinish;
    // The blocks of the first iteration are taken already.
    const untilFull = 1 + this.#decoding.iterationsWithin(this.kv.available, untilFinish - 1);
    return Math.min(untilFinish, untilFull);
  }

  /** Takes the KV blocks of the first `iterations` of the run, which have started. */
  settleBlocks(iterations: number): void {
    if (iterations <= this.#settled) return;
    this.kv.take(this.#decoding.blocksToGrow(this.#settled, iterations));
    this.#settled = iterations;
  }

  /** Counts `iterations` of the composed batch as run. */
  advance(iterations: number): void {
    this.settleBlocks(iterations);
    this.#decoding.advance(iterations, this.finished);
    for (const sequence of this.finished) this.#release(sequence);
    this.firstTokens.length = 0;
    for (const { sequence, tokens } of this.chunks) {
      sequence.computedTokens += tokens;
      if (sequence.computedTokens === sequence.prefillTokens) this.#endPrefill(sequence);
    }
  }

  #hasPlace(): boolean {
    return this.#prefilling.length + this.#decoding.size < this.#engine.maxNumSeqs;
  }

  /** Takes the blocks of the next decode token of all, preempting from the end until they fit. */
  #makeRoomForDecodes(): void {
    while (this.#decoding.blocksToGrow(0, 1) > this.kv.available) {
      const victim = this.#prefilling.pop() ?? this.#decoding.pop();
      assert(victim !== undefined, "no sequence left to preempt");
      this.#preempt(victim);
    }
    this.#settled = 0;
    this.settleBlocks(1);
  }

  #continuePrefills(tokenBudget: number): number {
    let budget = tokenBudget;
    for (let index = 0; index < this.#prefilling.length && budget > 0; index++) {
      const sequence = this.#prefilling[index]!;
      const tokens = Math.min(sequence.prefillTokens - sequence.computedTokens, budget);
      const held = this.kv.blocksFor(sequence.computedTokens);
      const blocks = this.kv.blocksFor(sequence.computedTokens + tokens) - held;
      while (blocks > this.kv.available && this.#prefilling.length > index) {
        this.#preempt(this.#prefilling.pop()!);
      }
      if (this.#prefilling.length <= index) break;
      this.kv.take(blocks);
      this.chunks.push({ sequence, tokens, context: sequence.computedTokens });
      budget -= tokens;
    }
    return budget;
  }

  #admit(tokenBudget: number): void {
    let budget = tokenBudget;
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (budget <= 0 || !this.#hasPlace()) return;
      const { conversation } = next.request;
      const hitBlocks = this.#prefixHit(next);
      const hitTokens = hitBlocks * this.kv.blockSize;
      const tokens = Math.min(next.prefillTokens - hitTokens, budget);
      const blocks = this.kv.blocksFor(hitTokens + tokens) - hitBlocks;
      if (blocks > this.kv.available - hitBlocks) return;
      if (hitBlocks > 0) this.kv.claim(conversation, hitBlocks);
      this.kv.take(blocks);
      this.#waiting.shift();
      next.computedTokens = hitTokens;
      if (next.request.startTime < 0) {
        next.request.cachedTokens = hitTokens;
        this.started.push(next);
      }
      this.#prefilling.push(next);
      this.chunks.push({ sequence: next, tokens, context: hitTokens });
      budget -= tokens;
    }
  }

  /** Cached blocks that a waiting sequence can reuse; its last token is always computed. */
  #prefixHit({ request, prefillTokens }: Sequence): number {
    if (!this.#engine.hasPrefixCache || request.conversation < 0) return 0;
    const reusable = Math.floor((prefillTokens - 1) / this.kv.blockSize);
    return Math.min(this.kv.cachedBlocks(request.conversation), reusable);
  }

  #endPrefill(sequence: Sequence): void {
    const { request } = sequence;
    this.#prefilling.splice(this.#prefilling.indexOf(sequence), 1);
    sequence.generated++;
    if (request.firstTokenTime < 0) this.firstTokens.push(sequence);
    if (sequence.generated === request.outputTokens) {
      this.#release(sequence);
      this.finished.push(sequence);
      return;
    }
    this.#decoding.push(sequence);
  }

  /** Frees the blocks of an ended sequence but for those that its conversation may reuse. */
  #release({ request, computedTokens }: Sequence): void {
    const held = this.kv.blocksFor(computedTokens);
    const isReusable = this.#engine.hasPrefixCache && request.conversation >= 0;
    const retained = isReusable
      ? Math.floor(Math.min(computedTokens, request.retainTokens) / this.kv.blockSize)
      : 0;
    this.kv.give(held - retained);
    if (retained > 0) this.kv.retain(request.conversation, retained);
  }

  /** Takes a running sequence's blocks away; it will recompute its context. */
  #preempt(sequence: Sequence): void {
    this.kv.give(this.kv.blocksFor(sequence.computedTokens));
    sequence.prefillTokens = sequence.request.promptTokens + sequence.generated;
    sequence.computedTokens = 0;
    sequence.request.preemptions++;
    this.#waiting.putBack(sequence);
    this.#hasPreempted = true;
  }
}
