/**
 * The hash of what was drawn: equal for equal sequences, different for near ones.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DrawHash } from "../../../src/workflow/draw-hash.ts";

function hashOf(...values: number[]): string {
  const hash = new DrawHash();
  hash.add(...values);
  return hash.digest();
}

describe("DrawHash", () => {
  test("is 16 hexadecimal digits, of nothing too", () => {
    expect(new DrawHash().digest()).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(1, 2.5, -3)).toMatch(/^[0-9a-f]{16}$/);
  });

  test("does not depend on how values are handed over", () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.nat(20), (values, cut) => {
        const hash = new DrawHash();
        hash.add(...values.slice(0, cut));
        hash.add(...values.slice(cut));
        expect(hash.digest()).toBe(hashOf(...values));
      }),
    );
  });

  test("can be read before the end", () => {
    const hash = new DrawHash();
    hash.add(1);
    expect(hash.digest()).toBe(hashOf(1));
    hash.add(2);
    expect(hash.digest()).toBe(hashOf(1, 2));
  });

  test("tells order, length and the last bit", () => {
    const hashes = [[1, 2], [2, 1], [1], [1, 2, 0], [1, 2 + 2 ** -51], [-0], [0], []];
    expect(new Set(hashes.map((values) => hashOf(...values))).size).toBe(hashes.length);
  });

  test("does not collide over many near sequences, in either half", () => {
    const hashes = Array.from({ length: 20_000 }, (_, index) =>
      hashOf(index % 100, Math.floor(index / 100)),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    // Two of 20,000 share 32 random bits in 0.047 pairs on average; more than a few is no hash.
    for (const half of [0, 8]) {
      const halves = new Set(hashes.map((hash) => hash.slice(half, half + 8)));
      expect(halves.size, `half at ${half}`).toBeGreaterThan(hashes.length - 5);
    }
  });
});
