/** Contexts under memory pressure, on figures that can be worked out by hand. */

import { describe, expect, test } from "vitest";
import { memoryPressure } from "../../../src/predictor/memory-pressure.ts";
import { traceStatistics } from "../../../src/predictor/trace-statistics.ts";
import { FIRST_SYSTEM_PROMPT } from "../../../src/workflow/drawn-execution.ts";
import { recorded, traceOf } from "./traces.ts";

/** Ten calls of a conversation, of 1 s and 9 s after the last; 1,000 tokens, 100 of them new. */
const turns = Array.from({ length: 10 }, (_, turn) => {
  const tokens = { promptTokens: 990, outputTokens: 10, retainTokens: 900 };
  return recorded(10 * turn, 10 * turn + 1, { ...tokens, conversation: 1 });
});
const statistics = traceStatistics([traceOf(turns)], 1);
const situation = { callRate: 1, latency: 1, gapStretch: 1, crowding: 1 };
const at = (kvTokens: number, changes: Partial<typeof situation> = {}) =>
  memoryPressure(statistics, 0, { ...situation, ...changes, kvTokens });

describe("memoryPressure", () => {
  test("is nothing where all contexts have room", () => {
    expect(at(1e6)).toMatchObject({ missedTokens: 0, crowdedTokens: 0 });
  });

  test("loses every context where there is room for few", () => {
    // 9 of 10 calls reuse 900 tokens.
    const { missedTokens, crowdedTokens, running } = at(1000);
    // With one execution under way on average there is none at times: a weight of one sixth.
    expect(missedTokens).toBeCloseTo((5 / 6) * 810, 6);
    expect(crowdedTokens).toBeCloseTo(810, 6);
    expect(running).toBeGreaterThan(1);
  });

  test("never falls with the rate, the gaps or less memory", () => {
    for (const kvTokens of [2000, 4000, 8000]) {
      const { missedTokens } = at(kvTokens);
      expect(at(kvTokens, { callRate: 2 }).missedTokens).toBeGreaterThanOrEqual(missedTokens);
      expect(at(kvTokens, { gapStretch: 2 }).missedTokens).toBeGreaterThanOrEqual(missedTokens);
      expect(at(kvTokens / 2).missedTokens).toBeGreaterThanOrEqual(missedTokens);
    }
  });

  test("misses more in a crowd", () => {
    const sizes = [2000, 3000, 4000, 6000, 8000].map((kvTokens) => at(kvTokens));
    for (const { missedTokens, crowdedTokens } of sizes) {
      expect(crowdedTokens).toBeGreaterThanOrEqual(missedTokens);
    }
    expect(sizes.some(({ missedTokens, crowdedTokens }) => crowdedTokens > missedTokens)).toBe(
      true,
    );
  });

  test("is the higher the more numbers of calls fluctuate", () => {
    const pressures = [1, 2, 4].map((crowding) => at(4000, { crowding }));
    expect(pressures.map(({ crowdedTokens }) => crowdedTokens)).toEqual(
      pressures.map(({ crowdedTokens }) => crowdedTokens).toSorted((a, b) => a - b),
    );
    // One call of 995 tokens under way, three deviations of the number, and 4/3 for its skewness.
    expect(pressures[0]!.running).toBeCloseTo((995 * (1 + 3 + 4 / 3)) / 4000, 9);
    expect(pressures[2]!.running).toBeCloseTo((995 * (1 + 3 * 2 + 7 * (4 / 3))) / 4000, 9);
  });

  test("needs room for as many calls as come once in 740 times", () => {
    const { running } = memoryPressure(statistics, 0, {
      ...{ ...situation, callRate: 9 },
      kvTokens: 995,
    });
    // Of Poisson's number of mean 9, the 0.99865-quantile is 19.
    expect(Math.round(running)).toBe(19);
  });

  test("needs room for large calls that come together", () => {
    const sizes = [500, 1500].map((promptTokens) =>
      recorded(0, 1, { promptTokens, outputTokens: 0 }),
    );
    const uneven = traceStatistics([traceOf(sizes)], 1);
    const { running } = memoryPressure(uneven, 0, { ...situation, kvTokens: 1000 });
    expect(running).toBeCloseTo(1 + (3 + 4 / 3) * Math.sqrt((0.5 ** 2 + 1.5 ** 2) / 2), 9);
  });

  test("holds what executions share once", () => {
    const origin = { conversation: FIRST_SYSTEM_PROMPT, tokens: 500 };
    const shared = traceStatistics([traceOf(turns.map((turn) => ({ ...turn, origin })))], 1);
    for (const kvTokens of [1000, 2000, 3000]) {
      const pressure = memoryPressure(shared, 0, { ...situation, kvTokens });
      expect(pressure.missedTokens).toBeLessThan(at(kvTokens).missedTokens);
      expect(pressure.running).toBeLessThan(at(kvTokens).running);
    }
  });
});
