/**
 * What is wrong with a trace, at its line and column, with what to do.
 */

import { expect, test } from "vitest";
import { loadTrace } from "../../../src/config/load-trace.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";
import { type CallFields, callLine, errorsIn, traceFile } from "./traces.ts";

const right = callLine({ id: "x" });

/** A line with a few fields that differ, undefined for a missing one. */
const line = (fields: CallFields) => callLine({ id: "y", ...fields });

/** Column of the value of a key in a line that `JSON.stringify` wrote. */
const columnOf = (text: string, key: string) => text.indexOf(`"${key}":`) + key.length + 4;

test.each<[string, string, CallFields, RegExp]>([
  ["a length that is no number", "input_length", { input_length: "many" }, /"many" is not valid/],
  ["a negative length", "output_length", { output_length: -1 }, /-1 is not valid.*whole number/],
  ["a part of a token", "input_length", { input_length: 1.5 }, /1\.5 is not valid.*whole number/],
  ["a length beyond measure", "input_length", { input_length: 1e12 }, /whole number/],
  ["a negative time", "timestamp", { timestamp: -5 }, /-5 is not valid.*milliseconds/],
  ["a delay in words", "delay", { delay: "1 s" }, /"1 s" is not valid.*milliseconds/],
  ["a wrong tool wait", "tool_wait_ms", { tool_wait_ms: {} }, /milliseconds/],
  ["an empty session", "session_id", { session_id: "" }, /"" is not valid/],
  ["an id that is a list", "request_id", { id: [1] }, /\[1\] is not valid/],
  ["predecessors that are no list", "wait_for", { wait_for: "x" }, /expected a list/],
  ["a predecessor that is no id", "wait_for", { wait_for: [null] }, /expected a list/],
  ["a role that is no text", "role", { role: 7 }, /expected a text/],
  ["a workflow that is no text", "workflow", { workflow: 7 }, /expected a text/],
  ["an unknown model", "model", { model: "c" }, /^t\.jsonl:\d+:\d+ the plan does not place c/],
  ["an unknown predecessor", "wait_for", { wait_for: ["z"] }, /no call has the request id "z"/],
  ["itself as predecessor", "wait_for", { wait_for: ["y"] }, /waits, .* for itself/],
  ["an unknown prefix", "prefix_of", { prefix_of: "z", prefix_tokens: 1 }, /no call has/],
  ["a prefix of itself", "prefix_of", { prefix_of: "y", prefix_tokens: 1 }, /back to itself/],
  ["a prefix without a length", "prefix_of", { prefix_of: "x" }, /prefix_tokens is missing/],
  ["a prefix without a call", "prefix_tokens", { prefix_tokens: 2 }, /prefix_of is missing/],
  [
    "a prefix longer than the prompt",
    "prefix_tokens",
    { prefix_of: "x", prefix_tokens: 11 },
    /at most its input_length, 10/,
  ],
  [
    "a prefix longer than the other call",
    "prefix_tokens",
    { prefix_of: "x", prefix_tokens: 13, input_length: 50 },
    /more than the other call's.*at most 12/,
  ],
  ["an end before the start", "observed", { observed: { submit_ms: 5 } }, /submit_ms/],
])("%s", (_, key, fields, message) => {
  const text = line(fields);
  const errors = errorsIn(right, text);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(message);
  // A missing field is told at the start of the line.
  const column = /is missing/.test(errors[0]!) ? 1 : columnOf(text, key);
  expect(errors[0]).toMatch(new RegExp(`^t\\.jsonl:2:${column} `));
});

test.each(["session_id", "request_id", "model", "input_length", "output_length"])(
  "no %s",
  (name) => {
    const fields = { [name === "request_id" ? "id" : name]: undefined };
    expect(errorsIn(right, line(fields))).toEqual([
      expect.stringMatching(new RegExp(`^t\\.jsonl:2:1 ${name} is missing \\(expected`)),
    ]);
  },
);

test("no time on a call that waits for none", () => {
  expect(errorsIn(right, line({ timestamp: undefined }))).toEqual([
    expect.stringMatching(/^t\.jsonl:2:1 timestamp is missing, and the call waits for none \(give/),
  ]);
});

test("a request id used twice, with the line of the other", () => {
  const text = callLine({ id: "x", session_id: "other" });
  expect(errorsIn(right, "", text)).toEqual([
    expect.stringMatching(/^t\.jsonl:3:\d+ the request id "x" is taken by line 1 \(give every/),
  ]);
});

test("a predecessor in another session", () => {
  const other = line({ wait_for: ["x"], session_id: "other" });
  expect(errorsIn(right, other)).toEqual([
    expect.stringMatching(/^t\.jsonl:2:\d+ the call "x" is of another session \(executions/),
  ]);
});

test("a circle of calls, named once", () => {
  const circle = [
    callLine({ id: "a", wait_for: ["c"] }),
    callLine({ id: "b", wait_for: ["a", "x"] }),
    callLine({ id: "c", wait_for: ["b"] }),
  ];
  expect(errorsIn(right, ...circle)).toEqual([
    expect.stringMatching(/^t\.jsonl:2:\d+ the call waits, through others or at once, for itself/),
  ]);
});

test.each([
  ["no JSON at all", "session 1", /^t\.jsonl:2:1 not valid JSON: unexpected token/],
  ["a missing quote", '{"session_id: 1}', /^t\.jsonl:2:\d+ not valid JSON: /],
  ["a cut line", right.slice(0, -9), /^t\.jsonl:2:\d+ not valid JSON: the line ends early/],
  ["a cut value", right.slice(0, -1), /^t\.jsonl:2:\d+ not valid JSON: the line ends early/],
  ["a line too long", `${right}}`, new RegExp(`^t\\.jsonl:2:${right.length + 1} not valid JSON`)],
  ["a list", "[1]", /^t\.jsonl:2:1 not a call \(expected an object/],
  ["null", " null", /^t\.jsonl:2:2 not a call \(expected an object/],
])("%s", (_, text, message) => {
  expect(errorsIn(right, text)).toEqual([expect.stringMatching(message)]);
});

test("all wrong lines at once, but not without end", () => {
  const wrong = line({ input_length: -1 });
  expect(errorsIn(wrong, right, "{", wrong)).toHaveLength(3);
  const many = errorsIn(...new Array<string>(500).fill(wrong));
  expect(many).toHaveLength(11);
  expect(many.at(-1)).toMatch(/t\.jsonl: what follows was not checked/);
});

test.each(["", "\n\n  \n"])("an empty file: %j", (text) => {
  expect(errorsOf(() => loadTrace(traceFile([text]), ["a"]))).toEqual([
    "t.jsonl the file is empty",
  ]);
});

test("a file that is not there, or a folder", () => {
  const folder = writeFiles({ "other.jsonl": "" });
  expect(errorsOf(() => loadTrace(`${folder}/t.jsonl`, ["a"]))[0]).toMatch(/no such file/);
  expect(errorsOf(() => loadTrace(folder, ["a"]))[0]).toMatch(
    /is a directory \(give the path of a/,
  );
});
