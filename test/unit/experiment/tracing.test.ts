/**
 * Recording executions one at a time, each LLM on GPUs of its own.
 */

import { describe, expect, test } from "vitest";
import { traceWorkflow } from "../../../src/experiment/tracing.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import type { Step } from "../../../src/workflow/program.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { always, call, loop, parallel, spread, tool, workflowOf } from "../workflow/programs.ts";

const llmsOf = (model = testModel): PlannedLlm[] =>
  ["a", "b"].map((name) => ({ name, model, engine: testEngine }));

const outcomeOf = (steps: readonly Step[], cluster = testCluster(1, 2), model = testModel) =>
  traceWorkflow({ workflow: workflowOf(steps), seed: 1, llms: llmsOf(model), cluster });

function traceSteps(...setup: Parameters<typeof outcomeOf>) {
  const outcome = outcomeOf(...setup);
  if ("infeasible" in outcome) throw new Error(outcome.infeasible);
  return outcome.traces;
}

const steps = [
  tool({ latency: always(0.5) }),
  parallel(2, call({ prompt: spread, output: always(3) })),
  call({ llm: "b", conversation: "main", prompt: always(100), output: always(20) }),
];

describe("traceWorkflow", () => {
  const traces = traceSteps(steps);

  test("records every call and tool of 1,000 executions, from the start of each", () => {
    expect(traces).toHaveLength(1000);
    for (const { calls, tools, latency } of traces) {
      expect(tools).toEqual([{ start: 0, end: 0.5 }]);
      expect(calls.map(({ llm }) => llm)).toEqual([0, 0, 1]);
      expect(calls[0]!.submit).toBe(0.5);
      expect(calls[2]!.submit).toBe(Math.max(calls[0]!.end, calls[1]!.end));
      expect(latency).toBe(calls[2]!.end);
    }
    expect(traces[0]!.calls[2]).toMatchObject({
      promptTokens: 100,
      outputTokens: 20,
      retainTokens: 120,
    });
  });

  test("lets no execution meet another: like calls take alike", () => {
    const durations = traces.map(({ calls }) => calls[2]!.end - calls[2]!.submit);
    expect(Math.max(...durations) - Math.min(...durations)).toBeLessThan(1e-9);
  });

  test("does not depend on how many GPUs there are", () => {
    expect(traceSteps(steps, testCluster(4, 2))).toEqual(traces);
  });

  test("records fewer executions where each has very many calls", () => {
    // 300,000 calls are enough: 60 executions of 5,000.
    const many = [loop(4, parallel(1250, call({ output: always(1) })))];
    expect(traceSteps(many)).toHaveLength(60);
  });

  test("takes the smallest TP degree that holds a model and its longest call", () => {
    const latency = (factor: number) =>
      traceSteps(steps, testCluster(1, 8), layered("model", factor))[0]!.latency;
    // 12 times the layers on four GPUs each are not four times as slow as 3 times on one.
    expect(latency(12)).toBeLessThan(3 * latency(3));
  });

  test("says which LLM does not fit a fast domain", () => {
    const outcome = outcomeOf(steps, testCluster(8, 1), layered("model", 12));
    expect(outcome).toHaveProperty("infeasible");
    expect(Object.values(outcome)[0]).toMatch(
      /^a \(model, calls of up to \d+ tokens\) does not fit/,
    );
  });

  test("leaves out executions with a call that the model has no context for", () => {
    const { contextLimit } = testModel;
    const long = { kind: "uniform", low: contextLimit - 100, high: contextLimit + 100 } as const;
    const traces = traceSteps([call({ prompt: long, output: always(1) })]);
    expect(traces.length).toBeGreaterThan(430);
    expect(traces.length).toBeLessThan(570);
    for (const { calls } of traces) {
      expect(calls[0]!.promptTokens + calls[0]!.outputTokens).toBeLessThanOrEqual(contextLimit);
    }
  });
});
