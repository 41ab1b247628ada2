/**
 * Recorded calls made into executions again.
 */

import { describe, expect, test } from "vitest";
import { callsOfLlm, replayClosed } from "../../../src/experiment/trace-replay.ts";
import type { DrawnExecution } from "../../../src/workflow/drawn-execution.ts";
import { recorded, traceOf } from "../predictor/traces.ts";

/** Two in a row, then two at once after the slower of them; LLM 1 in between. */
const branching = traceOf([
  recorded(3, 5),
  recorded(0, 2, { conversation: 4, retainTokens: 50 }),
  recorded(2, 2.5, { llm: 1 }),
  recorded(1, 4),
  recorded(4.5, 6),
]);
const serial = traceOf([recorded(10, 11), recorded(13, 14), recorded(14.25, 15)]);

/** Every step with those that wait for it: `gap 0.5 -> 1` or `call -> 2`. */
const shapeOf = ({ steps }: DrawnExecution) =>
  steps.map((step) => {
    const what = step.kind === "tool" ? `gap ${step.duration}` : step.kind;
    return `${what} -> ${step.successors.join(" ")}`.trim();
  });

describe("callsOfLlm", () => {
  test("has the calls of one LLM by submission", () => {
    const [first, ...rest] = callsOfLlm([branching], 0);
    expect(rest).toEqual([]);
    expect(first!.calls.map(({ submit }) => submit)).toEqual([0, 1, 3, 4.5]);
    expect(callsOfLlm([branching], 1)[0]!.calls).toEqual([branching.calls[2]]);
  });

  test("finds what each call waited for", () => {
    // Ends are 2, 4, 5, 6: before 3 the first, before 4.5 the second, others being under way.
    expect(callsOfLlm([branching], 0)[0]!.predecessors).toEqual([[], [], [0], [1]]);
    expect(callsOfLlm([serial], 0)[0]!.predecessors).toEqual([[], [0], [1]]);
  });

  test("has executions of all lengths in any first part", () => {
    const traces = Array.from({ length: 64 }, (_, index) =>
      traceOf(Array.from({ length: index + 1 }, (_call, call) => recorded(call, call + 0.5))),
    );
    const lengths = callsOfLlm(traces, 0).map(({ calls }) => calls.length);
    expect([...lengths].sort((a, b) => a - b)).toEqual(traces.map(({ calls }) => calls.length));
    const first = lengths.slice(0, 8).reduce((sum, length) => sum + length, 0) / 8;
    expect(Math.abs(first - 32.5)).toBeLessThan(6);
  });

  test("leaves out executions without a call, and the traces as they were", () => {
    const order = branching.calls.map(({ submit }) => submit);
    expect(callsOfLlm([traceOf([]), branching, serial], 0)).toHaveLength(2);
    expect(callsOfLlm([branching, serial], 1)).toHaveLength(1);
    expect(branching.calls.map(({ submit }) => submit)).toEqual(order);
  });
});

describe("replayClosed", () => {
  const executions = callsOfLlm([serial, branching], 0);

  test("keeps every gap from the end of the predecessor, or the first call", () => {
    expect(shapeOf(replayClosed(executions)(0))).toEqual([
      "gap 0 -> 1",
      "call -> 2",
      "gap 2 -> 3",
      "call -> 4",
      "gap 0.25 -> 5",
      "call ->",
    ]);
    expect(shapeOf(replayClosed(executions)(1))).toEqual([
      "gap 0 -> 1",
      "call -> 4",
      "gap 1 -> 3",
      "call -> 6",
      "gap 1 -> 5",
      "call ->",
      "gap 0.5 -> 7",
      "call ->",
    ]);
  });

  test("has the predecessors that its edges say", () => {
    for (const staggered of [0, 10]) {
      const source = replayClosed(executions, staggered);
      for (let index = 0; index < 10; index++) {
        const { steps } = source(index);
        const predecessors = steps.map(() => 0);
        for (const { successors } of steps) for (const next of successors) predecessors[next]!++;
        expect(steps.map(({ predecessorCount }) => predecessorCount)).toEqual(predecessors);
      }
    }
  });

  test("repeats the executions in turn, with conversations of their own", () => {
    const source = replayClosed(executions);
    expect(shapeOf(source(3))).toEqual(shapeOf(source(1)));
    const conversations = [1, 3, 5].flatMap((index) =>
      source(index)
        .steps.filter((step) => step.kind === "call")
        .map(({ conversation }) => conversation),
    );
    expect(conversations.filter((id) => id < 0)).toHaveLength(9);
    expect(new Set(conversations.filter((id) => id >= 0)).size).toBe(3);
  });

  test("keeps the tokens, and calls the only LLM", () => {
    const calls = replayClosed(callsOfLlm([branching], 1))(0).steps.slice(1);
    expect(calls).toMatchObject([{ llm: 0, promptTokens: 100, outputTokens: 10 }]);
  });

  test("starts staggered replays inside their execution", () => {
    const source = replayClosed(callsOfLlm([serial], 0), 50);
    const lengths = Array.from({ length: 60 }, (_, index) => source(index).steps.length);
    expect(new Set(lengths.slice(0, 50))).toEqual(new Set([2, 4, 6]));
    expect(new Set(lengths.slice(50))).toEqual(new Set([6]));
    const [gap] = source(lengths.indexOf(2)).steps;
    expect(gap).toMatchObject({ kind: "tool", predecessorCount: 0 });
  });
});
