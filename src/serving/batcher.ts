/**
 * Continuous batching: an iteration holds a token of every decoding sequence, then prefill chunks
 * in order, as far as the policy allows. A sequence without a KV block preempts the least urgent
 * one, which recomputes later. Knows nothing of time: `replica.ts` says what has run.
 */

import { assert } from "../errors.ts";
import type { Engine } from "../llm/engine.ts";
import { DecodeBatch } from "./decode-batch.ts";
import type { KvCache } from "./kv-cache.ts";
import { policyOf, type SchedulingPolicy } from "./policies/policy.ts";
import { PrefixSharing } from "./prefix-sharing.ts";
import type { Request } from "./request.ts";
import { createSequence, isOf, type Sequence, type SequenceChunk } from "./sequence.ts";
import { WaitingQueue } from "./waiting-queue.ts";

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
  /** Requests whose clients gave them up, taken out by `compose`; the replica empties it. */
  readonly dropped: Request[] = [];

  readonly #engine: Engine;
  readonly #policy: SchedulingPolicy;
  readonly #prefixes: PrefixSharing;
  readonly #waiting = new WaitingQueue<Sequence>();
  readonly #prefilling: Sequence[] = [];
  readonly #decoding: DecodeBatch;
  readonly #watermarkBlocks: number;
  #hasPreempted = false;
  /** Requests to take out at the next boundary. */
  readonly #withdrawn: Request[] = [];
  /** Iterations of the run whose KV blocks are taken. */
  #settled = 0;
  /** Sequences that ended and can be used again. */
  readonly #spare: Sequence[] = [];

  constructor(engine: Engine, kv: KvCache) {
    this.#engine = engine;
    this.#policy = policyOf(engine);
    this.kv = kv;
    this.#prefixes = new PrefixSharing(kv, engine.hasPrefixCache);
    this.#decoding = new DecodeBatch(kv.blockSize);
    this.#watermarkBlocks = Math.floor(engine.watermark * kv.totalBlocks);
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
    return this.#waiting.length + this.running;
  }

  /** Requests of these that were admitted. */
  get running(): number {
    return this.#prefilling.length + this.#decoding.size;
  }

  /** Adds a request; true if the next boundary may admit it, so that a run must end there. */
  enqueue(request: Request): boolean {
    const sequence = createSequence(request, this.#spare.pop());
    this.#waiting.push(sequence, request.priority);
    // Behind another one that was refused it is refused too: free blocks only shrink in a run.
    if (this.#waiting.peek() !== sequence) return false;
    return this.#policy.mayAdmit(this.#engine, this.running, this.running);
  }

  /** Takes a request out at the next boundary, unless it ends there. */
  withdraw(request: Request): void {
    this.#withdrawn.push(request);
  }

  /** Tokens of a request that will have been generated after so many iterations of the run. */
  generatedAfter(iterations: number, request: Request): number {
    const decoding = this.#decoding.sequenceOf(request);
    if (decoding !== undefined) return this.#decoding.generatedAfter(iterations, decoding);
    const isOwn = isOf(request);
    return (this.#prefilling.find(isOwn) ?? this.#waiting.find(isOwn))!.generated;
  }

  /** Decides the coming iteration; false when there is nothing to run. */
  compose(): boolean {
    this.hasChanged = this.chunks.length > 0 || this.finished.length > 0;
    while (this.chunks.length > 0) this.chunks.pop();
    while (this.started.length > 0) this.started.pop();
    while (this.finished.length > 0) this.#spare.push(this.finished.pop()!);
    this.#hasPreempted = false;
    while (this.#withdrawn.length > 0) this.#drop(this.#withdrawn.pop()!);
    const before = this.running;
    this.#makeRoomForDecodes();
    let budget = this.#policy.prefillBudget(this.#engine, this.#decoding.size);
    if (this.#prefilling.length > 0) budget = this.#continuePrefills(budget);
    if (!this.#hasPreempted && this.#waiting.length > 0) this.#admit(budget, before);
    this.hasChanged ||= this.chunks.length > 0 || this.#hasPreempted;
    return this.batch > 0;
  }

  /** Iterations that can run before the batch may change: the length of an exact run. */
  runLength(): number {
    if (this.chunks.length > 0 || (this.#hasPreempted && this.#waiting.length > 0)) return 1;
    const untilFinish = this.#decoding.iterationsToFinish;
    // The blocks of the first iteration are taken already.
    return 1 + this.#decoding.iterationsWithin(this.kv.available, untilFinish - 1);
  }

  /** Whether a run of `iterations` may take the place of cached prefixes. */
  mayEvict(iterations: number): boolean {
    return this.kv.wouldEvict(this.#decoding.mostBlocks(iterations));
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
    for (const sequence of this.finished) {
      this.#prefixes.release(sequence, this.kv.blocksFor(sequence.computedTokens));
    }
    while (this.firstTokens.length > 0) this.firstTokens.pop();
    if (this.chunks.length > 0) this.#advancePrefills();
  }

  #advancePrefills(): void {
    for (const { sequence, tokens } of this.chunks) sequence.computedTokens += tokens;
    const prefilling = this.#prefilling;
    let kept = 0;
    for (let index = 0; index < prefilling.length; index++) {
      const sequence = prefilling[index]!;
      if (sequence.computedTokens < sequence.prefillTokens) prefilling[kept++] = sequence;
      else this.#endPrefill(sequence);
    }
    while (prefilling.length > kept) prefilling.pop();
  }

  /** Takes a request out, wherever it is; what it computed stays cached as if it had ended. */
  #drop(request: Request): void {
    if (request.finishTime >= 0) return;
    this.dropped.push(request);
    if (this.#waiting.remove(isOf(request)) !== undefined) return;
    this.hasChanged = true;
    const decoding = this.#decoding.sequenceOf(request);
    if (decoding === undefined) {
      const [own] = this.#prefilling.splice(this.#prefilling.findIndex(isOf(request)), 1);
      this.#prefixes.release(own!, own!.blocks);
    } else {
      this.#decoding.remove(decoding);
      this.#prefixes.release(decoding, this.kv.blocksFor(decoding.computedTokens));
    }
  }

  /** Takes the blocks of the next decode token of all, preempting until they fit. */
  #makeRoomForDecodes(): void {
    this.#settled = 0;
    if (this.#decoding.size === 0) return;
    while (this.#decoding.blocksToGrow(0, 1) > this.kv.available) this.#preemptLeastUrgent(0);
    this.settleBlocks(1);
  }

  #continuePrefills(tokenBudget: number): number {
    let budget = tokenBudget;
    for (let index = 0; index < this.#prefilling.length && budget > 0; index++) {
      const sequence = this.#prefilling[index]!;
      const tokens = Math.min(sequence.prefillTokens - sequence.computedTokens, budget);
      const needed = this.kv.blocksFor(sequence.computedTokens + tokens);
      const blocks = Math.max(0, needed - sequence.blocks);
      while (blocks > this.kv.available && this.#prefilling.length > index) {
        this.#preemptLeastUrgent(1);
      }
      if (this.#prefilling.length <= index) break;
      this.kv.take(blocks);
      sequence.blocks += blocks;
      this.#addChunk(sequence, tokens);
      budget -= tokens;
    }
    return budget;
  }

  #admit(tokenBudget: number, before: number): void {
    const { kv } = this;
    let budget = tokenBudget;
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      const running = this.running;
      if (budget <= 0 || !this.#policy.mayAdmit(this.#engine, running, before)) return;
      const { request, prefillTokens } = next;
      const hitBlocks = this.#prefixes.hitBlocks(next);
      const hitTokens = hitBlocks * kv.blockSize;
      const tokens = Math.min(prefillTokens - hitTokens, budget);
      const total = request.promptTokens + request.outputTokens - 1;
      const reserved = this.#policy.reservedTokens(hitTokens + tokens, prefillTokens, total);
      const blocks = kv.blocksFor(reserved) - hitBlocks;
      const room = kv.available - (running > 0 ? this.#watermarkBlocks : 0);
      if (blocks > room) return;
      if (hitBlocks > 0) {
        const isTight = blocks + hitBlocks > room;
        if (isTight && blocks + kv.idleBlocks(request, hitBlocks) > room) return;
        kv.hold(request, hitBlocks);
      }
      kv.take(blocks);
      this.#waiting.shift();
      next.computedTokens = hitTokens;
      next.heldBlocks = hitBlocks;
      next.blocks = hitBlocks + blocks;
      if (request.startTime < 0) {
        request.cachedTokens = hitTokens;
        this.started.push(next);
      }
      this.#prefilling.push(next);
      this.#addChunk(next, tokens);
      budget -= tokens;
    }
  }

  #addChunk(sequence: Sequence, tokens: number): void {
    const { computedTokens } = sequence;
    this.chunks.push({ sequence, tokens, context: computedTokens });
    this.#prefixes.share(sequence, computedTokens + tokens);
  }

  #endPrefill(sequence: Sequence): void {
    const { request } = sequence;
    sequence.generated++;
    if (request.firstTokenTime < 0) this.firstTokens.push(sequence);
    if (sequence.generated === request.outputTokens) {
      this.#prefixes.release(sequence, sequence.blocks);
      this.finished.push(sequence);
      return;
    }
    this.kv.give(sequence.blocks - this.kv.blocksFor(sequence.computedTokens));
    this.#decoding.push(sequence);
  }

  /** `ahead`: tokens whose blocks each decode has beyond those that it has computed. */
  #preemptLeastUrgent(ahead: 0 | 1): void {
    const decoding = this.#decoding.leastUrgent;
    const prefilling = this.#prefilling.at(-1);
    // Of equals the prefill goes: it was admitted later.
    const isDecodeLeast =
      decoding !== undefined &&
      (prefilling === undefined || prefilling.request.priority < decoding.request.priority);
    if (isDecodeLeast) {
      this.#decoding.remove(decoding);
      this.#preempt(decoding, this.kv.blocksFor(decoding.computedTokens + ahead));
    } else {
      assert(prefilling !== undefined, "no sequence left to preempt");
      this.#prefilling.pop();
      this.#preempt(prefilling, prefilling.blocks);
    }
  }

  /** Takes a running sequence's blocks away; it will recompute what is not cached by then. */
  #preempt(sequence: Sequence, blocks: number): void {
    const { request } = sequence;
    this.#prefixes.release(sequence, blocks);
    sequence.prefillTokens = request.promptTokens + sequence.generated;
    sequence.computedTokens = 0;
    request.preemptions++;
    this.#waiting.putBack(sequence, request.priority);
    this.#hasPreempted = true;
  }
}
