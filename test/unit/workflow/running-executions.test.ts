import { describe, expect, test } from "vitest";
import type { RunningExecution } from "../../../src/workflow/execution-runner.ts";
import { RunningExecutions } from "../../../src/workflow/running-executions.ts";

const numbered = (index: number) => ({ drawn: { index } }) as RunningExecution;

describe("RunningExecutions", () => {
  test("finds executions however far apart their numbers are", () => {
    const running = new RunningExecutions();
    const indices = [0, 1, 256, 255, 1024, 70_000, 1_000_000];
    const executions = indices.map(numbered);
    for (const execution of executions) running.add(execution);
    expect(running.size).toBe(indices.length);
    for (const execution of executions) {
      expect(running.get(execution.drawn.index)).toBe(execution);
    }
    for (const absent of [2, 512, 2 ** 20]) expect(running.get(absent)).toBeUndefined();
    const ascending = running.inOrder().map(({ drawn }) => drawn.index);
    expect(ascending).toEqual(indices.toSorted((a, b) => a - b));
  });

  test("takes each out once", () => {
    const running = new RunningExecutions();
    const first = numbered(3);
    running.add(first);
    expect(running.delete(numbered(3 + 256))).toBe(false);
    expect([running.delete(first), running.delete(first)]).toEqual([true, false]);
    expect([running.size, running.get(3)]).toEqual([0, undefined]);
  });

  test("refuses a number that is under way", () => {
    const running = new RunningExecutions();
    running.add(numbered(7));
    expect(() => running.add(numbered(7))).toThrow("started twice");
  });
});
