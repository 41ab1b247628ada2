/**
 * Statistics of recorded executions, on traces small enough to work out by hand.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceStatistics, unionLength } from "../../../src/predictor/trace-statistics.ts";
import { FIRST_SYSTEM_PROMPT } from "../../../src/workflow/drawn-execution.ts";
import { recorded, traceOf } from "./traces.ts";

describe("unionLength", () => {
  test.each([
    ["nothing", [], 0],
    ["one interval", [[1, 3]], 2],
    [
      "apart",
      [
        [4, 5],
        [1, 3],
      ],
      3,
    ],
    [
      "touching",
      [
        [1, 3],
        [3, 4],
      ],
      3,
    ],
    [
      "overlapping",
      [
        [2, 5],
        [1, 3],
      ],
      4,
    ],
    [
      "one in another",
      [
        [1, 10],
        [2, 3],
        [4, 12],
      ],
      11,
    ],
    [
      "empty intervals",
      [
        [1, 1],
        [1, 2],
        [5, 5],
      ],
      1,
    ],
    [
      "the same twice",
      [
        [1, 2],
        [1, 2],
      ],
      1,
    ],
  ] as const)("of %s", (_, pairs, length) => {
    expect(unionLength(pairs.map(([start, end]) => ({ start, end })))).toBe(length);
  });

  test("counts the cells that any interval covers", () => {
    const interval = fc.tuple(fc.nat(30), fc.nat(8)).map(([start, length]) => ({
      start,
      end: start + length,
    }));
    fc.assert(
      fc.property(fc.array(interval), (intervals) => {
        const cells = Array.from({ length: 40 }, (_, cell) =>
          intervals.some(({ start, end }) => start <= cell && cell < end),
        );
        expect(unionLength(intervals)).toBe(cells.filter(Boolean).length);
      }),
    );
  });
});

describe("traceStatistics", () => {
  test("counts calls per execution, executions without any too", () => {
    const b = { llm: 1 };
    const traces = [
      traceOf([recorded(0, 1), recorded(1, 2), recorded(2, 4, b)]),
      traceOf([recorded(0, 1)]),
      traceOf([]),
    ];
    const { llms, executions } = traceStatistics(traces, 3);
    expect(executions).toBe(3);
    expect(llms.map(({ calls }) => calls)).toEqual([1, 1 / 3, 0]);
    expect(llms.map(({ callDuration }) => callDuration)).toEqual([1, 2, 0]);
  });

  test("takes parallelism as a ratio of sums over all executions", () => {
    const traces = [
      // Durations 4 + 4 over a union of 4: p of this one is 2.
      traceOf([recorded(0, 4), recorded(0, 4)]),
      // One call of 2: p = 1. Together 10 / 6, not the mean 1.5.
      traceOf([recorded(5, 7)]),
    ];
    expect(traceStatistics(traces, 1).llms[0]!.parallelism).toBe(10 / 6);
  });

  test("does not let calls of different LLMs, or executions, overlap", () => {
    const traces = [
      traceOf([recorded(0, 4), recorded(0, 4, { llm: 1 })]),
      traceOf([recorded(0, 4)]),
    ];
    const { llms } = traceStatistics(traces, 2);
    expect(llms.map(({ parallelism }) => parallelism)).toEqual([1, 1]);
  });

  test("of an LLM that is never called is finite", () => {
    expect(traceStatistics([traceOf([])], 1).llms[0]).toEqual({
      calls: 0,
      firstToken: 0,
      runningTokens: 0,
      runningTokensRms: 0,
      sharedTokens: 0,
      reuse: { gaps: new Float64Array(), tokensFrom: new Float64Array() },
      parallelism: 1,
      callDuration: 0,
      promptTokens: 0,
      outputTokens: 0,
      contextTokens: 0,
      contextTokensPeak: 0,
      contextTokenSeconds: 0,
    });
  });

  test("tells what executions share from what a conversation finds of itself", () => {
    const origin = { conversation: FIRST_SYSTEM_PROMPT, tokens: 30 };
    const branch = { conversation: 1, tokens: 50, origin };
    const tokens = { promptTokens: 80, retainTokens: 90 };
    const calls = [
      recorded(0, 1, { ...tokens, conversation: 1, origin }),
      recorded(3, 4, { ...tokens, conversation: 1, origin }),
      recorded(5, 6, { ...tokens, conversation: 2, origin: branch }),
      recorded(7, 8),
    ];
    const { sharedTokens, reuse } = traceStatistics([traceOf(calls)], 1).llms[0]!;
    expect(sharedTokens).toBe((3 * 30) / 4);
    expect(reuse).toEqual({ gaps: Float64Array.of(2), tokensFrom: Float64Array.of(50) });
  });

  test("adds up the context that is alive at once", () => {
    const tokens = { promptTokens: 60, outputTokens: 40 };
    const traces = [traceOf([recorded(0, 2, tokens), recorded(1, 3, tokens)])];
    // 100 tokens for 2 s each, over 3 s; both are alive from 1 to 2.
    expect(traceStatistics(traces, 1).llms[0]).toMatchObject({
      contextTokenSeconds: 400,
      contextTokens: 400 / 3,
      contextTokensPeak: 200,
    });
  });

  test("knows mean lengths and the largest context", () => {
    const short = { promptTokens: 10, outputTokens: 500 };
    const traces = [traceOf([recorded(0, 1), recorded(1, 2, short)])];
    expect(traceStatistics(traces, 1).llms[0]).toMatchObject({
      promptTokens: 55,
      outputTokens: 255,
      contextTokensPeak: 510,
    });
  });

  test("takes tool time as the union of tools, and the mean latency", () => {
    const traces = [
      traceOf(
        [recorded(3, 5)],
        [
          [0, 2],
          [1, 3],
        ],
      ),
      traceOf([], [[0, 1]]),
      traceOf([recorded(0, 3)]),
    ];
    const { toolSeconds, latencyMean } = traceStatistics(traces, 1);
    expect(toolSeconds).toBe(4 / 3);
    expect(latencyMean).toBe(3);
  });
});

describe("contextTokenSeconds", () => {
  const tokenSeconds = (...executions: ReturnType<typeof recorded>[][]) =>
    traceStatistics(
      executions.map((calls) => traceOf(calls)),
      1,
    ).llms[0]!.contextTokenSeconds;

  test("without conversations is tokens times duration", () => {
    expect(tokenSeconds([recorded(0, 2), recorded(5, 6)])).toBe(110 * 3);
    expect(tokenSeconds([recorded(0, 2)], [])).toBe(110);
  });

  test("counts a conversation until its next call", () => {
    const main = { conversation: 7 };
    const second = { conversation: 7, promptTokens: 200, outputTokens: 0 };
    // 110 tokens from 0 to 5, then 200 from 5 to 6.
    expect(tokenSeconds([recorded(0, 2, main), recorded(5, 6, second)])).toBe(550 + 200);
    expect(tokenSeconds([recorded(5, 6, second), recorded(0, 2, main)])).toBe(550 + 200);
  });

  test("keeps conversations apart", () => {
    const calls = [recorded(0, 2, { conversation: 1 }), recorded(5, 6, { conversation: 2 })];
    expect(tokenSeconds(calls)).toBe(110 * 3);
  });
});
