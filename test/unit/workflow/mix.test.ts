/**
 * Workflows served together: which execution is of which, what it draws, and LLMs they share.
 */

import { describe, expect, test } from "vitest";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import {
  createProgramSource,
  mixOf,
  sharings,
  withSharedLlms,
  workflowsOf,
} from "../../../src/workflow/mix.ts";
import { always, call, callsOf, workflowOf } from "./programs.ts";

const spread = { kind: "uniform", low: 10, high: 1000 } as const;
const first = { ...workflowOf([call({ prompt: spread, systemPrompt: 5 })]), name: "first" };
const second = {
  ...workflowOf([call({ llm: "b", prompt: always(50), systemPrompt: 7 })]),
  name: "second",
};
const mix = mixOf([
  { workflow: first, rate: 3 },
  { workflow: second, rate: 1 },
]);

describe("a mix", () => {
  const { source, workflowOf: workflowOfExecution } = createProgramSource(mix, 1, "evaluate");

  test("has an LLM for each that a workflow calls, and parts of the arrivals", () => {
    expect(mix.name).toBe("first+second");
    const names = mix.llms.map(({ name }) => name);
    expect(names).toEqual(["first/a", "first/b", "second/a", "second/b"]);
    expect(workflowsOf(mix)).toEqual([
      { name: "first", part: 0.75 },
      { name: "second", part: 0.25 },
    ]);
  });

  test("draws executions of each workflow as often as its rate says", () => {
    const ofFirst = Array.from({ length: 4000 }, (_, index) => workflowOfExecution(index));
    const part = ofFirst.filter((workflow) => workflow === 0).length / 4000;
    // Three standard errors of a part of 3/4 of 4,000.
    expect(Math.abs(part - 0.75)).toBeLessThan(3 * Math.sqrt((0.75 * 0.25) / 4000));
  });

  test("draws of each execution what its workflow alone would", () => {
    const alone = [first, second].map((each) => createExecutionSource(each, 1, "evaluate"));
    for (let index = 0; index < 20; index++) {
      const workflow = workflowOfExecution(index);
      const drawn = source(index);
      const [own] = callsOf(alone[workflow]!(index));
      const [mixed] = callsOf(drawn);
      expect(drawn.hash).toBe(alone[workflow]!(index).hash);
      expect(mixed!.promptTokens).toBe(own!.promptTokens);
      expect(mixed!.llm).toBe(2 * workflow + own!.llm);
    }
  });

  test("keeps system prompts of different workflows apart", () => {
    const prompts = [0, 1].map((workflow) => {
      const index = [...Array(50).keys()].find((each) => workflowOfExecution(each) === workflow)!;
      return callsOf(source(index))[0]!.origin!.conversation;
    });
    expect(prompts[0]).not.toBe(prompts[1]);
  });
});

describe("LLMs of the same model", () => {
  test("are served apart or together", () => {
    const [apart, together, ...others] = sharings(mix, ["m", "n", "x", "m"]);
    expect(apart).toBe(mix);
    expect(together!.llms.map(({ name }) => name)).toEqual([
      "first/a+second/b",
      "first/b",
      "second/a",
    ]);
    expect(together!.parts.map(({ llms }) => llms)).toEqual([
      [0, 1],
      [2, 0],
    ]);
    expect(others).toEqual([]);
  });

  test("of one workflow alone are not joined", () => {
    expect(sharings(mix, ["m", "m", "x", "y"])).toEqual([mix]);
  });

  test("of two models give four ways, every group by itself or not", () => {
    const counts = sharings(mix, ["m", "n", "m", "n"]).map(({ llms }) => llms.length);
    expect(counts).toEqual([4, 3, 3, 2]);
  });

  test("draw the same executions however they are served", () => {
    const shared = withSharedLlms(mix, [0, 1, 0, 1]);
    const apart = createProgramSource(mix, 1, "evaluate").source;
    const together = createProgramSource(shared, 1, "evaluate").source;
    for (let index = 0; index < 20; index++) {
      expect(together(index).hash).toBe(apart(index).hash);
      expect(callsOf(together(index))[0]!.llm).toBe(callsOf(apart(index))[0]!.llm % 2);
    }
  });
});
