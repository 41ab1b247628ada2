/**
 * What a program may do besides calls in rows: parts that run themselves, tools that are tried
 * again, and lengths that go with the difficulty of an execution.
 */

import { describe, expect, test } from "vitest";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import type { Step, Subworkflow, Workflow } from "../../../src/workflow/program.ts";
import { always, call, callsOf, graphOf, loop, sourceOf, tool, workflowOf } from "./programs.ts";

const run = (subworkflow: string): Step => ({ kind: "run", subworkflow });

function executionOf(steps: readonly Step[], subworkflows: readonly Subworkflow[]) {
  const workflow: Workflow = { ...workflowOf(steps), subworkflows };
  return createExecutionSource(workflow, 1, "evaluate")(0);
}

describe("a subworkflow", () => {
  const errand = { name: "errand", maxDepth: 1, steps: [call(), tool()] };

  test("runs where it is named, as often as it is", () => {
    const drawn = executionOf([call(), run("errand"), loop(2, run("errand"))], [errand]);
    const kinds = ["call -> 1", "call -> 2", "tool -> 3", "call -> 4", "tool -> 5", "call -> 6"];
    expect(graphOf(drawn)).toEqual([...kinds, "tool ->"]);
  });

  test("runs itself to its depth", () => {
    const nested = { name: "nested", maxDepth: 3, steps: [call(), run("nested"), tool()] };
    const drawn = executionOf([run("nested"), run("nested")], [nested]);
    const once = ["call", "call", "call", "tool", "tool", "tool"];
    expect(drawn.steps.map(({ kind }) => kind)).toEqual([...once, ...once]);
  });

  test("has a conversation of its own each time, which starts from the one outside", () => {
    const asks = call({ conversation: "main", prompt: always(10) });
    const side = { name: "side", maxDepth: 1, steps: [asks] };
    const calls = callsOf(executionOf([asks, run("side"), run("side"), asks], [side]));
    expect(calls.map(({ promptTokens }) => promptTokens)).toEqual([10, 25, 25, 25]);
    const [outer, first, second, again] = calls.map(({ conversation }) => conversation);
    expect(again).toBe(outer);
    expect(new Set([outer, first, second]).size).toBe(3);
    expect(calls[1]!.origin).toMatchObject({ conversation: outer, tokens: 15 });
  });

  test("that would grow beyond all bounds is refused", () => {
    const twice = { name: "twice", maxDepth: 30, steps: [call(), run("twice"), run("twice")] };
    expect(() => executionOf([run("twice")], [twice])).toThrow(/more than 1048576 steps/);
  });
});

describe("a tool with a timeout", () => {
  const latency = { kind: "empirical", values: [1, 100] } as const;
  const durations = (changes: object) =>
    new Set(
      Array.from({ length: 200 }, (_, index) => {
        const step = sourceOf(tool({ latency, ...changes }))(index).steps[0]!;
        return step.kind === "tool" ? step.duration : -1;
      }),
    );

  test("ends at it", () => expect(durations({ timeout: 10 })).toEqual(new Set([1, 10])));

  test("is tried again as often as it may be, and then given up", () => {
    expect(durations({ timeout: 10, retries: 2 })).toEqual(new Set([1, 11, 21, 30]));
  });
});

test("lengths go with the difficulty of an execution as far as they say", () => {
  const output = (difficulty: number) =>
    ({ kind: "lognormal", mu: 6, sigma: 0.5, difficulty }) as const;
  const workflow = workflowOf([0.9, 0.9, -0.9, 0].map((each) => call({ output: output(each) })));
  const source = createExecutionSource(workflow, 1, "evaluate");
  const logs = Array.from({ length: 2000 }, (_, index) =>
    callsOf(source(index)).map(({ outputTokens }) => (Math.log(outputTokens) - 6) / 0.5),
  );
  const correlation = (a: number, b: number) =>
    logs.reduce((sum, own) => sum + own[a]! * own[b]!, 0) / logs.length;
  expect(correlation(0, 0)).toBeCloseTo(1, 1);
  // Each goes with the difficulty by 0.9: two with one another by 0.81.
  expect(correlation(0, 1)).toBeCloseTo(0.81, 1);
  expect(correlation(0, 2)).toBeCloseTo(-0.81, 1);
  expect(correlation(0, 3)).toBeCloseTo(0, 1);
});
