/**
 * Contexts of conversations in drawn executions: growth, reading, tool results, compaction, and
 * the copies of a fan-out.
 */

import { describe, expect, test } from "vitest";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import type { Step } from "../../../src/workflow/program.ts";
import { always, call, callsOf, loop, parallel, sourceOf, tool, workflowOf } from "./programs.ts";

const main = call({ conversation: "main" });
const read = call({ conversation: "main", appends: false, prompt: always(3), output: always(1) });

/** Prompt and retained tokens of every call. */
const tokensOf = (...steps: Step[]) =>
  callsOf(sourceOf(...steps)(0)).map(({ promptTokens, retainTokens }) => [
    promptTokens,
    retainTokens,
  ]);

/** The conversation of every call, numbered by first appearance. */
function conversationsOf(...steps: Step[]): number[] {
  const ids = callsOf(sourceOf(...steps)(0)).map(({ conversation }) => conversation);
  const seen = [...new Set(ids)];
  return ids.map((id) => seen.indexOf(id));
}

describe("a conversation", () => {
  test("grows by prompts and outputs", () => {
    expect(tokensOf(loop(3, main))).toEqual([
      [10, 15],
      [25, 30],
      [40, 45],
    ]);
    expect(conversationsOf(loop(3, main))).toEqual([0, 0, 0]);
  });

  test("is apart from others of the execution, and from those of other executions", () => {
    const other = call({ conversation: "other" });
    expect(tokensOf(main, other, main)).toEqual([
      [10, 15],
      [10, 15],
      [25, 30],
    ]);
    expect(conversationsOf(main, other, main)).toEqual([0, 1, 0]);
    const source = sourceOf(main);
    const ids = [0, 1, 2, 1000].map((index) => callsOf(source(index))[0]!.conversation);
    expect(new Set(ids).size).toBe(4);
  });

  test("is not changed by a call that only reads it", () => {
    expect(tokensOf(main, read, read, main)).toEqual([
      [10, 15],
      [18, 15],
      [18, 15],
      [25, 30],
    ]);
    expect(conversationsOf(main, read, main)).toEqual([0, 0, 0]);
  });

  test("takes in the results of tools", () => {
    const shell = tool({ result: { conversation: "main", tokens: always(100) } });
    expect(tokensOf(main, shell, main)).toEqual([
      [10, 15],
      [125, 130],
    ]);
    expect(tokensOf(shell, main)).toEqual([[110, 115]]);
  });

  test("is none for a call that names none", () => {
    expect(callsOf(sourceOf(call())(0))[0]).toMatchObject({ conversation: -1, retainTokens: 0 });
  });
});

describe("compaction", () => {
  const compacted = (...steps: Step[]) => {
    const conversations = [{ name: "main", compaction: { above: 40, to: 12 } }];
    const source = createExecutionSource(workflowOf(steps, conversations), 1, "evaluate");
    return callsOf(source(0));
  };

  test("rewrites a context that would pass the limit, under a new number", () => {
    const calls = compacted(loop(5, main));
    // 10 → 15, 25 → 30, then 30 + 10 = 40 is not above 40; 45 + 10 is: 12 + 10.
    expect(calls.map(({ promptTokens }) => promptTokens)).toEqual([10, 25, 40, 22, 37]);
    const [first, second, third, fourth, fifth] = calls.map(({ conversation }) => conversation);
    expect([second, third]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
    expect(fifth).toBe(fourth);
  });

  test("never adds to a short context", () => {
    const calls = compacted(call({ conversation: "main", prompt: always(50) }));
    expect(calls[0]!.promptTokens).toBe(50);
  });

  test("also happens before a call that only reads", () => {
    const long = call({ conversation: "main", output: always(30) });
    const [first, second, third] = compacted(long, read, main);
    expect([second!.promptTokens, third!.promptTokens]).toEqual([15, 22]);
    expect(second!.conversation).not.toBe(first!.conversation);
    expect(third!.conversation).toBe(second!.conversation);
  });
});

describe("copies of a fan-out", () => {
  test("each fork the enclosing conversation, and leave it as it was", () => {
    const steps = [main, parallel(2, main), main];
    expect(tokensOf(...steps)).toEqual([
      [10, 15],
      [25, 30],
      [25, 30],
      [25, 30],
    ]);
    expect(conversationsOf(...steps)).toEqual([0, 1, 2, 0]);
  });

  test("start empty where nothing encloses them", () => {
    expect(tokensOf(parallel(2, loop(2, main)))).toEqual([
      [10, 15],
      [25, 30],
      [10, 15],
      [25, 30],
    ]);
  });

  test("keep their conversations by number over later fan-outs, wider ones too", () => {
    const steps = [parallel(2, main), parallel(3, main)];
    expect(tokensOf(...steps).map(([prompt]) => prompt)).toEqual([10, 10, 25, 25, 10]);
    expect(conversationsOf(...steps)).toEqual([0, 1, 0, 1, 2]);
  });

  test("fork once: later growth outside does not reach them", () => {
    const steps = [main, parallel(1, main), main, parallel(1, main)];
    expect(tokensOf(...steps).map(([prompt]) => prompt)).toEqual([10, 25, 25, 40]);
  });

  test("nest: an inner copy forks the copy around it", () => {
    const steps = [parallel(2, main, parallel(2, main))];
    expect(tokensOf(...steps).map(([prompt]) => prompt)).toEqual([10, 25, 25, 10, 25, 25]);
    expect(conversationsOf(...steps)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
