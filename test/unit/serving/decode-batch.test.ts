import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeBatch } from "../../../src/serving/decode-batch.ts";
import type { Sequence } from "../../../src/serving/sequence.ts";
import { callOf, requestOf } from "./requests.ts";

/** A sequence with a prompt in the cache and its first token generated. */
function sequenceOf(promptTokens: number, outputTokens: number, priority = 0): Sequence {
  return {
    request: requestOf(callOf(promptTokens, outputTokens, { priority })),
    prefillTokens: promptTokens,
    computedTokens: promptTokens,
    generated: 1,
    heldBlocks: 0,
    blocks: 0,
    contextOffset: 0,
    finishCount: 0,
    lostBefore: 0,
  };
}

describe("DecodeBatch", () => {
  test("attends to the context of all sequences and the token of each", () => {
    const batch = new DecodeBatch(4);
    batch.push(sequenceOf(10, 5));
    batch.advance(2, []);
    batch.push(sequenceOf(3, 9));
    expect([batch.size, batch.contextTokens]).toEqual([2, 13 + 4]);
    expect(batch.iterationsToFinish).toBe(2);
  });

  test("moves ended sequences out, their context computed", () => {
    const batch = new DecodeBatch(4);
    const [first, second] = [sequenceOf(10, 5), sequenceOf(3, 9)];
    for (const sequence of [first, second]) batch.push(sequence);
    const finished: Sequence[] = [];
    batch.advance(4, finished);
    expect(finished).toEqual([first]);
    expect(first.computedTokens).toBe(14);
    expect(batch.contextTokens).toBe(8);
  });

  test("takes out any sequence, with its progress", () => {
    const batch = new DecodeBatch(4);
    const [first, second, third] = [sequenceOf(10, 5), sequenceOf(3, 9), sequenceOf(1, 2)];
    for (const sequence of [first, second]) batch.push(sequence);
    batch.advance(3, []);
    batch.push(third);
    batch.remove(first);
    expect([first.computedTokens, first.generated, batch.size]).toEqual([13, 4, 2]);
    expect([batch.contextTokens, batch.iterationsToFinish]).toEqual([7 + 2, 1]);
    batch.remove(third);
    expect([batch.contextTokens, batch.iterationsToFinish]).toEqual([7, 5]);
    batch.remove(second);
    expect([second.computedTokens, second.generated, batch.size]).toEqual([6, 4, 0]);
    expect(batch.contextTokens).toBe(0);
    expect(() => batch.remove(second)).toThrow("removed that does not decode");
  });

  test("goes on with a sequence that was taken out, as from its progress", () => {
    const batch = new DecodeBatch(4);
    const sequence = sequenceOf(10, 8);
    batch.push(sequence);
    batch.advance(3, []);
    batch.remove(sequence);
    sequence.prefillTokens = sequence.computedTokens + 1;
    sequence.generated++;
    batch.advance(2, []);
    batch.push(sequence);
    expect([batch.contextTokens, batch.iterationsToFinish]).toEqual([15, 3]);
  });

  test("finds the sequence of the highest priority number that came last", () => {
    const batch = new DecodeBatch(4);
    expect(batch.leastUrgent).toBeUndefined();
    const sequences = [1, 3, 3, 2].map((priority) => sequenceOf(5, 5, priority));
    for (const sequence of sequences) batch.push(sequence);
    const found: number[] = [];
    for (let least = batch.leastUrgent; least !== undefined; least = batch.leastUrgent) {
      found.push(sequences.indexOf(least));
      batch.remove(least);
    }
    expect(found).toEqual([2, 1, 3, 0]);
  });

  test("needs the blocks that its sequences grow by, one by one or at once", () => {
    const sequence = fc.record({
      prompt: fc.integer({ min: 1, max: 50 }),
      wait: fc.nat({ max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 17 }),
        fc.array(sequence, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 60 }),
        fc.nat({ max: 30 }),
        (blockSize, sequences, to, available) => {
          const batch = new DecodeBatch(blockSize);
          const contexts: number[] = [];
          for (const { prompt, wait } of sequences) {
            batch.push(sequenceOf(prompt, 1000));
            contexts.push(prompt);
            batch.advance(wait, []);
            contexts.forEach((context, index) => {
              contexts[index] = context + wait;
            });
          }
          const grown = (from: number, until: number) =>
            contexts.reduce((sum, context) => {
              const blocks = (tokens: number) => Math.ceil(tokens / blockSize);
              return sum + blocks(context + until) - blocks(context + from);
            }, 0);
          expect(batch.blocksToGrow(0, to)).toBe(grown(0, to));
          expect(batch.blocksToGrow(1, 1 + to)).toBe(grown(1, 1 + to));
          expect(batch.mostBlocks(to)).toBeGreaterThanOrEqual(grown(0, to));
          expect(batch.mostBlocks(to)).toBeGreaterThanOrEqual(grown(1, 1 + to));
          const within = batch.iterationsWithin(available, to);
          expect(grown(1, 1 + within)).toBeLessThanOrEqual(available);
          if (within < to) expect(grown(1, 2 + within)).toBeGreaterThan(available);
        },
      ),
    );
  });
});
