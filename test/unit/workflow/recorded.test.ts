/** Recorded executions drawn again as a workload. */

import { expect, test } from "vitest";
import { type DrawnExecution, FIRST_SYSTEM_PROMPT } from "../../../src/workflow/drawn-execution.ts";
import { createRecordedSource } from "../../../src/workflow/recorded.ts";
import { always, call, callsOf, sourceOf } from "./programs.ts";

const spread = { kind: "uniform", low: 1, high: 1e6 } as const;
const drawn = sourceOf(
  call({ conversation: "main", prompt: spread }),
  call({ conversation: "main", prompt: always(5) }),
  call({ prompt: always(300), systemPrompt: 100 }),
);
const recorded = Array.from({ length: 30 }, (_, index) => drawn(index));
const recording = { name: "r", llms: [{ name: "a", model: "m" }], recorded };

const sources = (["trace", "evaluate", "refine"] as const).map((family) =>
  createRecordedSource(recording, 1, family),
);
const firstTokens = (execution: DrawnExecution) => callsOf(execution)[0]!.promptTokens;

test("families draw from thirds of the recording that have nothing in common", () => {
  const seen = sources.map((source) => {
    return new Set(Array.from({ length: 200 }, (_, index) => source(index).hash));
  });
  expect(seen.map((hashes) => hashes.size)).toEqual([10, 10, 10]);
  expect(new Set(seen.flatMap((hashes) => [...hashes])).size).toBe(30);
});

test("an execution is a recorded one, the same every time", () => {
  const [source] = sources;
  const execution = source!(7);
  const original = recorded.find(({ hash }) => hash === execution.hash)!;
  expect(execution.index).toBe(7);
  expect(firstTokens(execution)).toBe(firstTokens(original));
  expect(source!(7)).toEqual(execution);
  expect(execution.steps.map(({ successors }) => successors)).toEqual(
    original.steps.map(({ successors }) => successors),
  );
});

test("conversations are each execution's own, system prompts all executions'", () => {
  const [first, second] = [0, 1].map((index) => callsOf(sources[0]!(index)));
  expect(first![0]!.conversation).toBe(first![1]!.conversation);
  expect(first![0]!.conversation).not.toBe(second![0]!.conversation);
  expect(first![2]!.origin!.conversation).toBeGreaterThanOrEqual(FIRST_SYSTEM_PROMPT);
  expect(first![2]!.origin).toEqual(second![2]!.origin);
});
