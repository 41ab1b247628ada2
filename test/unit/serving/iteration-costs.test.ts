import { describe, expect, test } from "vitest";
import { TICKS_PER_SECOND } from "../../../src/engine/ticks.ts";
import type { IterationTime } from "../../../src/llm/iteration-time.ts";
import { IterationCosts, SUBTICKS } from "../../../src/serving/iteration-costs.ts";
import { testDemand } from "../fixtures.ts";

/** Costs that are no whole number of ticks; notes what it is asked. */
function notingTime(): IterationTime & { readonly asked: [number, number][] } {
  const asked: [number, number][] = [];
  return {
    asked,
    host: (sequences) => 1e-3 + sequences / 3e6,
    launch: (chunks, decodes) => chunks / 3e3 + decodes / 7e3,
    decode(batch, contextTokens) {
      asked.push([batch, contextTokens]);
      return { fixed: batch / 7e3, perContextToken: 1 / 3e9 };
    },
    mixed: () => 1 / 300,
    demand: () => testDemand,
  };
}

/** Costs that grow by a millisecond with every 100 tokens of context begun. */
function steppedTime(): IterationTime & { readonly asked: [number, number][] } {
  const time = notingTime();
  return {
    ...time,
    decode(batch, contextTokens) {
      time.asked.push([batch, contextTokens]);
      const step = Math.ceil(contextTokens / 100);
      return { fixed: step * 1e-3, perContextToken: 0, contextUntil: 100 * step };
    },
  };
}

const millisecond = (TICKS_PER_SECOND * SUBTICKS) / 1000;

describe("IterationCosts", () => {
  test("rounds to whole ticks of the host and sub-ticks of work", () => {
    const costs = new IterationCosts(notingTime());
    const { fixed, perContextToken, host } = costs.decode(3, 100);
    expect(fixed).toBe(Math.round((3 / 7e3) * TICKS_PER_SECOND * SUBTICKS));
    expect(perContextToken).toBe(Math.round(TICKS_PER_SECOND * (SUBTICKS / 3e9)));
    expect(host).toBe(Math.round(1.001e-3 * TICKS_PER_SECOND));
    expect(costs.mixed([], 1, 2)).toBe(Math.round((TICKS_PER_SECOND * SUBTICKS) / 300));
    expect(costs.host(3)).toBe(host);
    expect(costs.launch(1, 2)).toBe(Math.round((1 / 3e3 + 2 / 7e3) * TICKS_PER_SECOND));
  });

  test("asks the cost model once per batch size while the context grows", () => {
    const time = notingTime();
    const costs = new IterationCosts(time);
    const first = [1, 2].map((batch) => costs.decode(batch, 10));
    expect([1, 2].map((batch) => costs.decode(batch, 1e9))).toEqual(first);
    expect(time.asked).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });

  test("asks again past the context for which an answer holds", () => {
    const time = steppedTime();
    const costs = new IterationCosts(time);
    const fixed = [50, 99, 100, 101, 200, 201].map((context) => costs.decode(1, context).fixed);
    expect(fixed).toEqual([1, 1, 1, 2, 2, 3].map((step) => step * millisecond));
    expect(time.asked).toEqual([
      [1, 50],
      [1, 101],
      [1, 201],
    ]);
  });

  test("asks again for less context than was asked before, for which nothing is known", () => {
    const time = steppedTime();
    const costs = new IterationCosts(time);
    const fixed = [150, 120, 130, 20].map((context) => costs.decode(1, context).fixed);
    expect(fixed).toEqual([2, 2, 2, 1].map((step) => step * millisecond));
    expect(time.asked.map(([, context]) => context)).toEqual([150, 120, 20]);
  });

  test("keeps the segments of batch sizes apart", () => {
    const costs = new IterationCosts(steppedTime());
    costs.decode(1, 150);
    costs.decode(2, 250);
    expect([costs.decode(1, 160), costs.decode(2, 260)].map(({ fixed }) => fixed)).toEqual([
      2 * millisecond,
      3 * millisecond,
    ]);
    expect(costs.decode(1, 160)).toMatchObject({ contextFrom: 150, contextUntil: 200 });
  });

  test("refuses an answer that does not hold for the context asked about", () => {
    const decode = () => ({ fixed: 1, perContextToken: 0, contextUntil: 99 });
    const costs = new IterationCosts({ ...notingTime(), decode });
    expect(() => costs.decode(1, 100)).toThrow("does not hold where it was asked for");
  });

  test("refuses negative, endless and undefined times", () => {
    for (const seconds of [-1, Number.POSITIVE_INFINITY, Number.NaN]) {
      const costs = new IterationCosts({ ...notingTime(), mixed: () => seconds });
      expect(() => costs.mixed([], 0, 0)).toThrow("out of range");
    }
  });
});
