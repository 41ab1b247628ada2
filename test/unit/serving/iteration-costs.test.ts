import { describe, expect, test } from "vitest";
import { TICKS_PER_SECOND } from "../../../src/engine/ticks.ts";
import type { IterationTime } from "../../../src/llm/iteration-time.ts";
import { IterationCosts, SUBTICKS } from "../../../src/serving/iteration-costs.ts";

/** Costs that are no whole number of ticks; counts how often it is asked. */
function countingTime(): IterationTime & { asked: number } {
  const time = {
    asked: 0,
    host: (sequences: number) => 1e-3 + sequences / 3e6,
    decode(batch: number) {
      time.asked++;
      return { fixed: batch / 7e3, perContextToken: 1 / 3e9 };
    },
    mixed: () => 1 / 300,
  };
  return time;
}

describe("IterationCosts", () => {
  test("rounds to whole ticks of the host and sub-ticks of work", () => {
    const costs = new IterationCosts(countingTime());
    const { fixed, perContextToken, host } = costs.decode(3);
    expect(fixed).toBe(Math.round((3 / 7e3) * TICKS_PER_SECOND * SUBTICKS));
    expect(perContextToken).toBe(Math.round(TICKS_PER_SECOND * (SUBTICKS / 3e9)));
    expect(host).toBe(Math.round(1.001e-3 * TICKS_PER_SECOND));
    expect(costs.mixed([], 1, 2)).toBe(Math.round((TICKS_PER_SECOND * SUBTICKS) / 300));
    expect(costs.host(3)).toBe(host);
  });

  test("asks the cost model once per batch size", () => {
    const time = countingTime();
    const costs = new IterationCosts(time);
    const first = [1, 2].map((batch) => costs.decode(batch));
    expect([1, 2].map((batch) => costs.decode(batch))).toEqual(first);
    expect(time.asked).toBe(2);
  });

  test("refuses negative, endless and undefined times", () => {
    for (const seconds of [-1, Number.POSITIVE_INFINITY, Number.NaN]) {
      const costs = new IterationCosts({ ...countingTime(), mixed: () => seconds });
      expect(() => costs.mixed([], 0, 0)).toThrow("out of range");
    }
  });
});
