/** Traces as tests write them: a few fields a call, the rest filled in. */

import { join } from "node:path";
import { type LoadedTrace, loadTrace } from "../../../src/config/load-trace.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

/** Fields of a line that differ from those of a small call of LLM `a` in session `s`. */
export type CallFields = Readonly<Record<string, unknown>>;

const LLMS = ["a", "b"];

/** A line; without a session it is of `s`, without a time or predecessors it comes at 0. */
export function callLine({ id, ...fields }: CallFields): string {
  const isRoot = (fields.wait_for ?? null) === null && !("timestamp" in fields);
  return JSON.stringify({
    session_id: "s",
    request_id: id,
    model: "a",
    input_length: 10,
    output_length: 2,
    ...(isRoot ? { timestamp: 0 } : {}),
    ...fields,
  });
}

/** A trace file with these lines. */
export function traceFile(lines: readonly string[]): string {
  return join(writeFiles({ "t.jsonl": `${lines.join("\n")}\n` }), "t.jsonl");
}

/** A trace of these calls on the LLMs a and b. */
export function traceOf(...calls: CallFields[]): LoadedTrace {
  return loadTrace(traceFile(calls.map(callLine)), LLMS);
}

/** What is wrong with a file of these lines. */
export function errorsIn(...lines: string[]): string[] {
  return errorsOf(() => loadTrace(traceFile(lines), LLMS));
}
