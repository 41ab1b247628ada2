/**
 * Drawing executions: what decides a draw, and the graph that every construct makes.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import type { DrawnExecution } from "../../../src/workflow/drawn-execution.ts";
import type { BranchStep, Step } from "../../../src/workflow/program.ts";
import {
  always,
  call,
  callsOf,
  graphOf,
  loop,
  parallel,
  sourceOf,
  spread,
  tool,
  workflowOf,
} from "./programs.ts";

const count = { kind: "geometric", mean: 3, maximum: 8 } as const;

/** A program with every construct and nothing constant. */
const varied: readonly Step[] = [
  tool({ latency: spread }),
  loop(count, call({ prompt: spread, output: spread, conversation: "main" })),
  parallel(count, call({ llm: "b", prompt: spread, output: spread })),
  { kind: "branch", arms: [{ probability: 0.5, steps: [call({ output: spread })] }] },
  call({ prompt: spread, output: spread }),
];

describe("the draw of an execution", () => {
  const indices = Array.from({ length: 40 }, (_, index) => index);
  const draw = (family: "trace" | "evaluate", seed = 1) =>
    createExecutionSource(workflowOf(varied), seed, family);

  test("depends on its index only, not on the order of drawing", () => {
    const forwards = indices.map(draw("evaluate"));
    const backwards = [...indices].reverse().map(draw("evaluate")).reverse();
    expect(backwards).toEqual(forwards);
    expect(draw("evaluate")(17)).toEqual(forwards[17]);
    expect(forwards.map(({ index }) => index)).toEqual(indices);
  });

  test("differs from index to index, seed to seed and family to family", () => {
    const hashes = [draw("evaluate"), draw("evaluate", 2), draw("trace")].flatMap((source) =>
      indices.map((index) => source(index).hash),
    );
    expect(new Set(hashes).size).toBe(3 * indices.length);
    expect(hashes.every((hash) => /^[0-9a-f]{16}$/.test(hash))).toBe(true);
  });

  test("of one place does not move when another place draws more or less", () => {
    const last = (rounds: number, width: number) => {
      const source = sourceOf(
        loop(rounds, call({ prompt: spread, output: spread }), tool({ latency: spread })),
        parallel(width, call({ prompt: spread })),
        loop(3, call({ prompt: spread, output: spread, llm: "b" })),
      );
      return indices.map((index) =>
        callsOf(source(index))
          .filter(({ llm }) => llm === 1)
          .map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]),
      );
    };
    const reference = last(1, 1);
    expect(last(7, 1)).toEqual(reference);
    expect(last(1, 5)).toEqual(reference);
    expect(new Set(reference.flat().map(String)).size).toBeGreaterThan(100);
  });

  test("in a loop is anew every round", () => {
    const outputs = callsOf(sourceOf(loop(20, call({ output: spread })))(0));
    expect(new Set(outputs.map(({ outputTokens }) => outputTokens)).size).toBeGreaterThan(10);
  });

  test("is all in the hash", () => {
    const hashes = [
      sourceOf(call()),
      sourceOf(call({ output: always(6) })),
      sourceOf(call({ prompt: always(11) })),
      sourceOf(call({ llm: "b" })),
      sourceOf(call({ conversation: "main" })),
      sourceOf(call(), call()),
      sourceOf(parallel(2, call())),
      sourceOf(tool(), call()),
      sourceOf(tool({ latency: always(2) }), call()),
    ].map((source) => source(0).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe("a sequence", () => {
  test("makes every step wait for the one before", () => {
    expect(graphOf(sourceOf(tool(), call(), call())(0))).toEqual([
      "tool -> 1",
      "call -> 2",
      "call ->",
    ]);
  });

  test("of nothing is an execution of no steps", () => {
    expect(sourceOf()(0).steps).toEqual([]);
    expect(sourceOf(loop(0, call()), parallel(0, call()))(0).steps).toEqual([]);
  });

  test("takes tokens and LLMs from its calls, at least one token each way", () => {
    const [first, second] = callsOf(
      sourceOf(
        call({ llm: "b", role: "judge" }),
        call({ prompt: always(0), output: always(0) }),
      )(0),
    );
    expect(first).toMatchObject({ llm: 1, role: "judge", promptTokens: 10, outputTokens: 5 });
    expect(second).toMatchObject({ llm: 0, promptTokens: 1, outputTokens: 1, conversation: -1 });
  });

  test("rounds tokens and keeps seconds", () => {
    const drawn = sourceOf(call({ prompt: always(9.6) }), tool({ latency: always(0.25) }))(0);
    expect(drawn.steps).toMatchObject([{ promptTokens: 10 }, { name: "tool", duration: 0.25 }]);
    expect(sourceOf(tool({ latency: always(-1) }))(0).steps).toMatchObject([{ duration: 0 }]);
  });
});

describe("a loop", () => {
  test("repeats its body in a row", () => {
    expect(graphOf(sourceOf(loop(2, call(), tool()))(0))).toEqual([
      "call -> 1",
      "tool -> 2",
      "call -> 3",
      "tool ->",
    ]);
  });

  test("draws its count in the bounds of its distribution, with its mean", () => {
    const source = sourceOf(loop({ kind: "uniform", low: 0.5, high: 6.5 }, call()));
    const counts = Array.from({ length: 2000 }, (_, index) => source(index).steps.length);
    expect([...new Set(counts)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    // Uniform on 1 … 6: mean 3.5, standard error 0.038.
    const mean = counts.reduce((sum, value) => sum + value, 0) / counts.length;
    expect(Math.abs(mean - 3.5)).toBeLessThan(4 * 0.038);
  });
});

describe("a branch", () => {
  const branch: BranchStep = {
    kind: "branch",
    arms: [
      { probability: 0.25, steps: [call({ llm: "a" })] },
      { probability: 0.45, steps: [call({ llm: "b" }), tool()] },
    ],
  };

  test("takes its arms with their probabilities, and none with the rest", () => {
    const source = sourceOf(branch);
    const taken = { none: 0, first: 0, second: 0 };
    const draws = 4000;
    for (let index = 0; index < draws; index++) {
      const { steps } = source(index);
      taken[steps.length === 0 ? "none" : steps.length === 1 ? "first" : "second"]++;
    }
    for (const [arm, probability] of [
      ["none", 0.3],
      ["first", 0.25],
      ["second", 0.45],
    ] as const) {
      const error = Math.sqrt((probability * (1 - probability)) / draws);
      expect(Math.abs(taken[arm] / draws - probability), arm).toBeLessThan(4 * error);
    }
  });

  test("lets the next step wait for what comes before it, when no arm is taken", () => {
    const source = sourceOf(tool(), { kind: "branch", arms: [] }, call());
    expect(graphOf(source(0))).toEqual(["tool -> 1", "call ->"]);
  });

  test("draws anew every time it is reached", () => {
    const source = sourceOf(loop(50, branch));
    const kinds = new Set(callsOf(source(0)).map(({ llm }) => llm));
    expect(kinds.size).toBe(2);
  });
});

describe("a parallel", () => {
  test("starts all copies at once and joins them", () => {
    expect(graphOf(sourceOf(tool(), parallel(3, call()), call())(0))).toEqual([
      "tool -> 1 2 3",
      "call -> 4",
      "call -> 4",
      "call -> 4",
      "call ->",
    ]);
  });

  test("runs the body of a copy in a row", () => {
    expect(graphOf(sourceOf(parallel(2, call(), tool()), tool())(0))).toEqual([
      "call -> 1",
      "tool -> 4",
      "call -> 3",
      "tool -> 4",
      "tool ->",
    ]);
  });

  test("puts a join node between many and many, and nowhere else", () => {
    expect(graphOf(sourceOf(parallel(2, call()), parallel(2, call()))(0))).toEqual([
      "call -> 2",
      "call -> 2",
      "join -> 3 4",
      "call ->",
      "call ->",
    ]);
    const single = sourceOf(parallel(2, call()), parallel(1, call()))(0);
    expect(graphOf(single)).toEqual(["call -> 2", "call -> 2", "call ->"]);
    const wide = sourceOf(parallel(200, call()), parallel(200, call()))(0);
    expect(wide.steps.reduce((edges, { successors }) => edges + successors.length, 0)).toBe(400);
  });

  test("with copies that may do nothing still joins what came before", () => {
    const nothing: Step = { kind: "branch", arms: [] };
    expect(graphOf(sourceOf(tool(), parallel(3, nothing), call())(0))).toEqual([
      "tool -> 1",
      "call ->",
    ]);
  });

  test("nests", () => {
    const drawn = sourceOf(parallel(2, parallel(2, call())), call())(0);
    expect(graphOf(drawn)).toEqual(["call -> 4", "call -> 4", "call -> 4", "call -> 4", "call ->"]);
  });
});

/** Programs of a few constructs, nested. */
const programs = fc.letrec<{ step: Step; steps: Step[] }>((tie) => {
  const counts = fc.integer({ min: 0, max: 3 });
  return {
    step: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Step>(
        call({ output: spread }),
        call({ conversation: "main", prompt: spread }),
        call({ conversation: "other", appends: false }),
        tool({ result: { conversation: "main", tokens: spread } }),
      ),
      fc.tuple(counts, tie("steps")).map(([rounds, steps]) => loop(rounds, ...steps)),
      fc.tuple(counts, tie("steps")).map(([copies, steps]) => parallel(copies, ...steps)),
      tie("steps").map((steps): Step => ({ kind: "branch", arms: [{ probability: 0.5, steps }] })),
    ),
    steps: fc.array(tie("step"), { maxLength: 4, depthIdentifier: "steps" }),
  };
}).steps;

/** What must hold of the graph of any execution. */
function checkGraph({ steps }: DrawnExecution): void {
  const predecessors = steps.map(() => 0);
  steps.forEach(({ successors }, position) => {
    expect(new Set(successors).size).toBe(successors.length);
    for (const successor of successors) {
      expect(successor).toBeGreaterThan(position);
      expect(successor).toBeLessThan(steps.length);
      predecessors[successor]!++;
    }
  });
  expect(steps.map(({ predecessorCount }) => predecessorCount)).toEqual(predecessors);
}

test("any program draws a graph whose steps come after their predecessors", () => {
  fc.assert(
    fc.property(programs, fc.nat(1000), (steps, index) => {
      const drawn = sourceOf(...steps)(index);
      checkGraph(drawn);
      for (const { promptTokens, outputTokens, retainTokens } of callsOf(drawn)) {
        expect(Math.min(promptTokens, outputTokens)).toBeGreaterThanOrEqual(1);
        expect(retainTokens).toBeLessThanOrEqual(promptTokens + outputTokens);
      }
    }),
    { numRuns: 100 },
  );
});
