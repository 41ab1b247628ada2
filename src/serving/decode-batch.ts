/**
 * The decoding sequences of a replica. Each one's context is kept as an offset to a common count
 * of iterations, so that k iterations are one addition however large the batch is; the KV blocks
 * that k iterations need follow from the offsets modulo the block size.
 */

import { assert } from "../errors.ts";
import type { Request } from "./request.ts";
import { isOf, type Sequence } from "./sequence.ts";

/** Sequences that generate one token an iteration, in order of admission. */
export class DecodeBatch {
  readonly #sequences: Sequence[] = [];
  /** Decode iterations so far. */
  #count = 0;
  /** Σ contextOffset of the sequences. */
  #offsetSum = 0;
  /** Sequences by contextOffset modulo the block size. */
  readonly #residues: Int32Array;
  /** The earliest finishCount; infinite without sequences. */
  #nextFinish = Number.POSITIVE_INFINITY;

  constructor(blockSize: number) {
    this.#residues = new Int32Array(blockSize);
  }

  /** Number of sequences. */
  get size(): number {
    return this.#sequences.length;
  }

  /** Tokens that the coming iteration attends to, its own included. */
  get contextTokens(): number {
    return this.#offsetSum + this.size * (this.#count + 1);
  }

  /** Iterations until the first sequence ends; at least one sequence. */
  get iterationsToFinish(): number {
    return this.#nextFinish - this.#count;
  }

  /** Adds a sequence that has its whole context in the cache, and more tokens to generate. */
  push(sequence: Sequence): void {
    sequence.contextOffset = sequence.prefillTokens - this.#count;
    sequence.finishCount = this.#count + sequence.request.outputTokens - sequence.generated;
    this.#nextFinish = Math.min(this.#nextFinish, sequence.finishCount);
    this.#sequences.push(sequence);
    this.#account(sequence, 1);
  }

  /** The least urgent sequence: of the highest priority number, the one admitted last. */
  get leastUrgent(): Sequence | undefined {
    let least: Sequence | undefined;
    for (const sequence of this.#sequences) {
      if (least === undefined || sequence.request.priority >= least.request.priority) {
        least = sequence;
      }
    }
    return least;
  }

  /** The sequence of a request, if it decodes. */
  sequenceOf(request: Request): Sequence | undefined {
    return this.#sequences.find(isOf(request));
  }

  /** Tokens that a sequence will have generated after so many further iterations. */
  generatedAfter(iterations: number, { request, finishCount }: Sequence): number {
    return request.outputTokens - (finishCount - this.#count) + iterations;
  }

  /** Takes out a sequence, with its progress brought up to date. */
  remove(sequence: Sequence): void {
    const index = this.#sequences.indexOf(sequence);
    assert(index >= 0, "a sequence is removed that does not decode");
    this.#sequences.splice(index, 1);
    this.#account(sequence, -1);
    sequence.computedTokens = sequence.contextOffset + this.#count;
    sequence.generated = this.generatedAfter(0, sequence);
    this.#nextFinish = Number.POSITIVE_INFINITY;
    for (const { finishCount } of this.#sequences) {
      this.#nextFinish = Math.min(this.#nextFinish, finishCount);
    }
  }

  /** Counts iterations, and moves sequences that ended to `finished`, their context computed. */
  advance(iterations: number, finished: Sequence[]): void {
    this.#count += iterations;
    if (this.#nextFinish > this.#count) return;
    const sequences = this.#sequences;
    let nextFinish = Number.POSITIVE_INFINITY;
    let kept = 0;
    for (let index = 0; index < sequences.length; index++) {
      const sequence = sequences[index]!;
      const { finishCount } = sequence;
      if (finishCount > this.#count) {
        if (finishCount < nextFinish) nextFinish = finishCount;
        sequences[kept++] = sequence;
        continue;
      }
      this.#account(sequence, -1);
      sequence.computedTokens = sequence.contextOffset + this.#count;
      finished.push(sequence);
    }
    // Taking them off one by one is much faster than setting the length.
    while (sequences.length > kept) sequences.pop();
    this.#nextFinish = nextFinish;
  }

  /** New blocks that coming iterations `from` (counted from 0) up to but not `to` need. */
  blocksToGrow(from: number, to: number): number {
    const residues = this.#residues;
    const blockSize = residues.length;
    const periods = to - from < blockSize ? 0 : Math.floor((to - from) / blockSize);
    let blocks = periods * this.size;
    let residue = modulo(-(this.#count + from), blockSize);
    for (let rest = to - from - periods * blockSize; rest > 0; rest--) {
      blocks += residues[residue]!;
      residue = residue === 0 ? blockSize - 1 : residue - 1;
    }
    return blocks;
  }

  /** No number of iterations up to this needs more new blocks. */
  mostBlocks(iterations: number): number {
    return Math.ceil(iterations / this.#residues.length) * this.size;
  }

  /** Iterations after the first, at most `limit`, whose new blocks do not exceed `blocks`. */
  iterationsWithin(blocks: number, limit: number): number {
    if (this.mostBlocks(limit) <= blocks || this.blocksToGrow(1, 1 + limit) <= blocks) return limit;
    let low = 0;
    let high = limit;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.blocksToGrow(1, 1 + middle) <= blocks) low = middle;
      else high = middle;
    }
    return low;
  }

  #account({ contextOffset }: Sequence, change: 1 | -1): void {
    this.#offsetSum += change * contextOffset;
    this.#residues[modulo(contextOffset, this.#residues.length)]! += change;
  }
}

/** Of 32-bit integers: a remainder of doubles takes as long as the rest of an event. */
function modulo(value: number, divisor: number): number {
  const rest = ((value | 0) % divisor) | 0;
  return rest < 0 ? rest + divisor : rest;
}
