/**
 * A trace file made into executions: dependencies, delays, arrivals, shared prefixes and what was
 * observed.
 */

import { describe, expect, test } from "vitest";
import { loadTrace } from "../../../src/config/load-trace.ts";
import type { DrawnCall, DrawnStep } from "../../../src/workflow/drawn-execution.ts";
import { writeFiles } from "./errors-of.ts";
import { callLine, traceFile, traceOf } from "./traces.ts";

/** `call` or `tool SECONDS`, and the steps that wait for it. */
const shown = (steps: readonly DrawnStep[]) =>
  steps.map(({ successors, predecessorCount, ...step }) => {
    const what = step.kind === "tool" ? `tool ${step.duration}` : step.kind;
    return `${what} <${predecessorCount} >${successors.join(",")}`;
  });

const callsOf = (steps: readonly DrawnStep[]) =>
  steps.filter((step): step is DrawnCall => step.kind === "call");

describe("a session", () => {
  test("is an execution with its calls", () => {
    const { source } = traceOf(
      { id: "x", role: "plan", input_length: 30, output_length: 7 },
      { id: "y", model: "b", wait_for: ["x"] },
    );
    const { index, steps, hash } = source(0);
    expect([index, steps.length]).toEqual([0, 2]);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(steps[0]).toMatchObject({
      kind: "call",
      llm: 0,
      role: "plan",
      promptTokens: 30,
      outputTokens: 7,
      conversation: -1,
      retainTokens: 0,
      successors: [1],
      predecessorCount: 0,
    });
    expect(steps[1]).toMatchObject({ llm: 1, role: "", predecessorCount: 1 });
    expect(source(0)).toEqual({ index, steps, hash });
  });

  test("has its tools between calls, both waits added", () => {
    const { source } = traceOf(
      { id: "x" },
      { id: "y", wait_for: ["x"], tool_wait_ms: 1500, delay: 500 },
      { id: "z", wait_for: ["x", "y", "x"], delay: 250 },
    );
    expect(shown(source(0).steps)).toEqual([
      "call <0 >1,3",
      "tool 2 <1 >2",
      "call <1 >3",
      "tool 0.25 <2 >4",
      "call <1 >",
    ]);
  });

  test("fans out and joins", () => {
    const { source } = traceOf(
      { id: 1 },
      { id: 2, wait_for: ["1"] },
      { id: 3, wait_for: [1] },
      { id: 4, wait_for: [2, 3] },
    );
    expect(shown(source(0).steps)).toEqual([
      "call <0 >1,2",
      "call <1 >3",
      "call <1 >3",
      "call <2 >",
    ]);
  });

  test("is put in an order in which predecessors come first", () => {
    const { source } = traceOf(
      { id: "last", wait_for: ["mid"], input_length: 3 },
      { id: "mid", wait_for: ["first"], input_length: 2 },
      { id: "first", input_length: 1 },
    );
    expect(callsOf(source(0).steps).map((call) => call.promptTokens)).toEqual([1, 2, 3]);
    expect(shown(source(0).steps)).toEqual(["call <0 >1", "call <1 >2", "call <1 >"]);
  });

  test("starts with its first timestamp; other calls by the clock come later", () => {
    const { source, arrivals } = traceOf(
      { id: "x", timestamp: 2500 },
      { id: "y", timestamp: 1000 },
      { id: "z", timestamp: 1000, delay: 20 },
    );
    expect([...arrivals]).toEqual([1]);
    expect(shown(source(0).steps)).toEqual([
      "tool 1.5 <0 >1",
      "call <1 >",
      "call <0 >",
      "tool 0.02 <0 >4",
      "call <1 >",
    ]);
  });

  test("has at least one token in and out of every call, with a warning", () => {
    const { source, warnings } = traceOf({ id: "x", input_length: 0, output_length: 0 });
    expect(source(0).steps[0]).toMatchObject({ promptTokens: 1, outputTokens: 1 });
    expect(warnings).toEqual([expect.stringMatching(/^1 of 1 calls have no prompt/)]);
  });
});

describe("sessions", () => {
  test("are in order of arrival, and count a calendar's time from the first", () => {
    const { source, arrivals, workflowOf } = traceOf(
      { id: "late", session_id: "l", timestamp: 1_700_000_003_000, workflow: "w", input_length: 3 },
      { id: "first", session_id: "f", timestamp: 1_700_000_001_000, input_length: 1 },
      { id: "same", session_id: "g", timestamp: 1_700_000_001_000, input_length: 2 },
      { id: "more", session_id: "f", wait_for: ["first"], input_length: 4 },
    );
    expect([...arrivals]).toEqual([0, 0, 2]);
    const lengths = [0, 1, 2].map((index) =>
      callsOf(source(index).steps).map(({ promptTokens }) => promptTokens),
    );
    expect(lengths).toEqual([[1, 4], [2], [3]]);
    expect([0, 1, 2].map((index) => source(index).index)).toEqual([0, 1, 2]);
    expect([0, 1, 2].map(workflowOf)).toEqual(["t", "t", "w"]);
  });

  test("have the same hash for the same work only", () => {
    const { source } = traceOf(
      { id: 1, session_id: 1, timestamp: 0 },
      { id: 2, session_id: 2, timestamp: 9 },
      { id: 3, session_id: 3, timestamp: 9, delay: 1 },
    );
    expect(source(0).hash).toBe(source(1).hash);
    expect(source(2).hash).not.toBe(source(1).hash);
  });
});

describe("shared prefixes", () => {
  /** Conversation and retained tokens by request id, over all executions. */
  const prefixes = (...calls: Parameters<typeof traceOf>) => {
    const trace = traceOf(...calls.map((call) => ({ ...call, role: String(call.id) })));
    const steps = Array.from(trace.arrivals, (_, index) => callsOf(trace.source(index).steps));
    return Object.fromEntries(
      steps
        .flat()
        .map(({ role, conversation, retainTokens }) => [role, [conversation, retainTokens]]),
    );
  };

  test("make one conversation of calls in a row", () => {
    const found = prefixes(
      { id: "a" },
      { id: "b", wait_for: ["a"], input_length: 20, prefix_of: "a", prefix_tokens: 12 },
      { id: "c", wait_for: ["b"], input_length: 30, prefix_of: "b", prefix_tokens: 22 },
      { id: "d", wait_for: ["a"] },
    );
    expect(found).toEqual({ a: [0, 12], b: [0, 22], c: [0, 0], d: [-1, 0] });
  });

  test("go on with the one of several that shares the most; others branch off", () => {
    const found = prefixes(
      { id: "a" },
      { id: "b", session_id: "t", prefix_of: "a", prefix_tokens: 5 },
      { id: "c", session_id: "u", prefix_of: "a", prefix_tokens: 6 },
      { id: "d", session_id: "u", prefix_of: "c", prefix_tokens: 7, wait_for: ["c"] },
    );
    expect(found).toEqual({ a: [0, 6], b: [1, 0], c: [0, 7], d: [0, 0] });
  });

  test("that are shorter than what a branch began with are of what it branched off", () => {
    const { source } = traceOf(
      { id: "a", session_id: "s", input_length: 100 },
      { id: "b", session_id: "t", input_length: 100, prefix_of: "a", prefix_tokens: 80 },
      { id: "c", session_id: "u", input_length: 100, prefix_of: "a", prefix_tokens: 50 },
      { id: "d", session_id: "v", input_length: 100, prefix_of: "c", prefix_tokens: 70 },
      { id: "e", session_id: "w", input_length: 100, prefix_of: "c", prefix_tokens: 30 },
    );
    const contexts = [0, 1, 2, 3, 4].map((index) => {
      const [{ conversation, origin }] = callsOf(source(index).steps) as [DrawnCall];
      return [conversation, origin];
    });
    expect(contexts).toEqual([
      [0, undefined],
      [0, undefined],
      [2, { conversation: 0, tokens: 50 }],
      [2, { conversation: 0, tokens: 50 }],
      [4, { conversation: 0, tokens: 30 }],
    ]);
  });

  test("are not shared between LLMs", () => {
    const found = prefixes(
      { id: "a" },
      { id: "b", model: "b", prefix_of: "a", prefix_tokens: 10, wait_for: ["a"] },
    );
    expect(found).toEqual({ a: [-1, 0], b: [-1, 0] });
  });
});

describe("what was observed", () => {
  const observed = (submit: number, firstToken: number, end: number) => ({
    observed: { submit_ms: submit, first_token_ms: firstToken, end_ms: end },
  });

  test("is there by execution and step, in seconds", () => {
    const trace = traceOf(
      { id: "x", timestamp: 500, ...observed(510, 600, 1500) },
      { id: "y", wait_for: ["x"], delay: 100, ...observed(1600, 1650, 2500) },
    );
    const { latency, calls } = trace.observed!(0);
    expect(latency).toBe(2);
    expect(calls.map((call) => call?.duration)).toEqual([0.99, undefined, 0.9]);
    expect(calls.map((call) => call?.ttft)).toEqual([0.09, undefined, 0.05]);
    expect(trace.warnings).toEqual([]);
  });

  test("is of no use for some calls only", () => {
    const trace = traceOf({ id: "x", ...observed(0, 1, 2) }, { id: "y" });
    expect(trace.observed).toBeUndefined();
    expect(trace.warnings).toEqual([expect.stringMatching(/^1 of 2 calls were observed/)]);
  });
});

describe("a file", () => {
  test("is named without its ending and hashed", () => {
    const folder = writeFiles({ "run-1.trace.jsonl": `${callLine({ id: 1 })}\n` });
    const { name, file } = loadTrace(`${folder}/run-1.trace.jsonl`, ["a"]);
    expect(name).toBe("run-1");
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("may have blank lines, other line ends, a byte order mark and no last line end", () => {
    const line = callLine({ id: 1 });
    const text = `\uFEFF${line}\r\n\r\n  \n${callLine({ id: 2 })}`;
    expect([...loadTrace(traceFile([text]), ["a"]).arrivals]).toEqual([0]);
    expect(loadTrace(traceFile([text]), ["a"]).source(0).steps).toHaveLength(2);
  });

  test("may have fields of others, and null for absent ones", () => {
    const nulls = { workflow: null, role: null, wait_for: null, delay: null, observed: null };
    const trace = traceOf({ id: 1, ...nulls, prefix_of: null, priority: 3, extra: { a: [1] } });
    expect(trace.source(0).steps).toHaveLength(1);
    expect(trace.warnings).toEqual([]);
  });

  test("has warnings for what is ignored, one for each field", () => {
    const { warnings } = traceOf(
      { id: 1, hash_ids: [1, 2] },
      { id: 2, hash_ids: [1], output_length: 0 },
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^2 of 2 calls have hash_ids/),
      expect.stringMatching(/^1 of 2 calls have no prompt or no output tokens/),
    ]);
  });

  test("has calls that their client gives up, which need not have been observed", () => {
    const observed = { submit_ms: 0, first_token_ms: 5, end_ms: 20 };
    const trace = traceOf({ id: 1, observed }, { id: 2, cancelled_ms: 10 });
    expect(trace.source(0).steps.map((step) => "timeout" in step && step.timeout)).toEqual([
      false,
      0.01,
    ]);
    expect(trace.observed!(0)).toMatchObject({
      latency: 0.02,
      calls: [{ ttft: 0.005 }, undefined],
    });
    expect(trace.warnings).toEqual([]);
  });
});
