import { describe, expect, test } from "vitest";
import { type CallOrder, prioritized } from "../../../src/workflow/call-priorities.ts";
import type { DrawnExecution, DrawnStep } from "../../../src/workflow/drawn-execution.ts";

const base = (successors: number[]) => ({ predecessorCount: 0, successors });

const call = (...successors: number[]): DrawnStep => ({
  ...base(successors),
  kind: "call",
  role: "",
  llm: 0,
  promptTokens: 1,
  outputTokens: 1,
  conversation: -1,
  retainTokens: 0,
  priority: 99,
});

const tool = (...successors: number[]): DrawnStep => {
  return { ...base(successors), kind: "tool", name: "", duration: 1 };
};

const join = (...successors: number[]): DrawnStep => ({ ...base(successors), kind: "join" });

/** A call, then one beside a call with a tool, a join, and a last call. */
const STEPS = [call(1, 2), call(4), call(3), tool(4), join(5), call()];

/** The calls of execution 0 and 1, as [execution, step], most urgent first; equals by number. */
function ranked(order: CallOrder): number[][] {
  const source = prioritized(
    (index): DrawnExecution => ({ index, hash: "h", steps: STEPS }),
    order,
  );
  const calls = [0, 1].flatMap((index) =>
    source(index).steps.flatMap((step, position) =>
      step.kind === "call" ? [{ place: [index, position], priority: step.priority! }] : [],
    ),
  );
  expect(calls.every(({ priority }) => Number.isSafeInteger(priority))).toBe(true);
  return calls.sort((a, b) => a.priority - b.priority).map(({ place }) => place);
}

describe("calls", () => {
  test("of the oldest execution go first, and of one those with most steps to come", () => {
    expect(ranked("oldest-first")).toEqual([
      [0, 0],
      [0, 2],
      [0, 1],
      [0, 5],
      [1, 0],
      [1, 2],
      [1, 1],
      [1, 5],
    ]);
  });

  test("nearest to the end go first, and of equals the oldest execution's", () => {
    expect(ranked("nearest-end")).toEqual([
      [0, 5],
      [1, 5],
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
      [0, 0],
      [1, 0],
    ]);
  });

  test("are otherwise as they were drawn", () => {
    const drawn = { index: 7, hash: "h", steps: STEPS };
    const { steps, ...rest } = prioritized(() => drawn, "oldest-first")(7);
    expect(rest).toEqual({ index: 7, hash: "h" });
    expect(steps.map((step) => (step.kind === "call" ? { ...step, priority: 99 } : step))).toEqual(
      STEPS,
    );
    expect(STEPS[0]).toHaveProperty("priority", 99);
  });
});
