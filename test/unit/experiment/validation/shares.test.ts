/** Times at shares made up from the model itself, so that every error is known. */

import { describe, expect, test } from "vitest";
import type { ShareRow } from "../../../../src/config/load-shares.ts";
import { compareShares, shareComparisons } from "../../../../src/experiment/validation/shares.ts";
import { createIterationTime } from "../../../../src/llm/iteration-time.ts";
import { errorsOf } from "../../config/errors-of.ts";
import { testCluster, testEngine, testGpu, testModel } from "../../fixtures.ts";

const cluster = testCluster(1, 8);
const engine = { ...testEngine, hostPerIteration: 0, hostPerSequence: 0 };

const compare = (rows: readonly ShareRow[]) => compareShares(rows, cluster, engine);

/** Two prompts of 512 tokens; `factors` are by how much what was measured is longer. */
function rowOf(share: number, tp = 1, factors = { prefill: 1, decode: 1 }): ShareRow {
  const hardware = { gpu: testGpu, cluster, tp, level: "domain", share } as const;
  const time = createIterationTime(testModel, engine, hardware);
  const chunk = { tokens: 512, context: 0 };
  const { fixed, perContextToken } = time.decode(2, 1024);
  return {
    model: testModel,
    tp,
    share,
    batch: 2,
    promptTokens: 512,
    prefillTime: factors.prefill * time.mixed([chunk, chunk], 0, 0),
    decodeTime: factors.decode * (fixed + perContextToken * 1024),
  };
}

describe("compareShares", () => {
  test("is without error where the measurement is the model", () => {
    const { gpu, n, median, groups } = compare([rowOf(1), rowOf(0.3), rowOf(0.6)]);
    expect([gpu, n]).toEqual(["test-h100", 4]);
    expect(median).toBeCloseTo(0, 12);
    expect(groups.map(({ tp, share, kind }) => [tp, share, kind])).toEqual([
      [1, 0.3, "prefill"],
      [1, 0.3, "decode"],
      [1, 0.6, "prefill"],
      [1, 0.6, "decode"],
    ]);
  });

  test("is of slowdowns: how fast the whole GPU is does not matter", () => {
    const slow = { prefill: 3, decode: 7 };
    expect(compare([rowOf(0.3, 1, slow), rowOf(1, 1, slow)]).median).toBeCloseTo(0, 12);
  });

  test("has sizes of errors, and their signs apart", () => {
    const { groups, median } = compare([rowOf(0.3, 1, { prefill: 2, decode: 0.8 }), rowOf(1)]);
    const errors = groups.map((group) => [group.kind, group.n, group.median, group.bias]);
    expect(errors).toEqual([
      ["prefill", 1, expect.closeTo(0.5), expect.closeTo(-0.5)],
      ["decode", 1, expect.closeTo(0.25), expect.closeTo(0.25)],
    ]);
    expect(median).toBeCloseTo(0.375, 12);
  });

  test("leaves out what was not measured at the share, or at the whole GPU", () => {
    const comparisons = shareComparisons(
      [
        { ...rowOf(1), prefillTime: undefined },
        rowOf(0.5),
        { ...rowOf(0.5, 2), decodeTime: undefined },
        rowOf(1, 2),
        rowOf(0.5, 4),
        { ...rowOf(0.5), batch: 3 },
      ],
      cluster,
      engine,
    );
    expect(comparisons.map(({ group }) => group)).toEqual(["1/0.5/decode", "2/0.5/prefill"]);
  });

  test.each([
    ["without the whole GPU", [rowOf(0.5)], /^no row has its like at a share of 1/],
    [
      "of a TP degree without all-reduce times",
      [1, 0.5].map((share) => ({ ...rowOf(share), tp: 16 })),
      /^test-h100 has no all-reduce time for TP 16 \(add it to all_reduce/,
    ],
  ])("refuses rows %s", (_, rows, message) => {
    expect(errorsOf(() => compare(rows))[0]).toMatch(message);
  });
});
