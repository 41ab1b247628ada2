/**
 * Loads a recorded trace: JSON lines, one LLM call a line (`trace-row.ts`), made into executions
 * with fixed lengths, delays and dependencies that arrive when they did. Times of a calendar
 * count from the first arrival.
 */

import { basename } from "node:path";
import { similarNames } from "../errors.ts";
import { ms } from "../units.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import type { LoadedFile } from "./input-file.ts";
import { type LineProblem, type LineProblems, type OnRow, readJsonLines } from "./json-lines.ts";
import { TraceCalls } from "./trace-calls.ts";
import { type LinkedTrace, traceExecution } from "./trace-executions.ts";
import { linkPrefixes } from "./trace-prefixes.ts";
import { checkTraceRow, type TraceRow } from "./trace-row.ts";
import { TraceScanner } from "./trace-scanner.ts";
import { linkSessions } from "./trace-sessions.ts";

/** A trace made runnable; executions are in order of arrival. */
export interface LoadedTrace {
  /** The file's name without `.jsonl` or `.trace.jsonl`. */
  readonly name: string;
  readonly file: LoadedFile;
  /** The LLMs by number: the plan's, or those that calls name, in order. */
  readonly llms: readonly string[];
  /** Makes an execution when it is asked for; the same one every time. */
  readonly source: ExecutionSource;
  /** Seconds by execution, ascending. */
  readonly arrivals: Float64Array;
  /** Name of the workflow of an execution; the trace's own where it gives none. */
  readonly workflowOf: (execution: number) => string;
  /** What was measured of an execution; undefined unless every call that ended was measured. */
  readonly observed: ((execution: number) => ObservedExecution) | undefined;
  /** What the trace holds that is not simulated as it stands. */
  readonly warnings: readonly string[];
}

/** What was measured of an execution, in seconds. */
export interface ObservedExecution {
  /** From its first timestamp to the end of its last call. */
  readonly latency: number;
  /** By step; undefined for steps that are no calls, and for cancelled ones without times. */
  readonly calls: readonly (ObservedCall | undefined)[];
}

/** What was measured of a call, in seconds from its submission. */
export interface ObservedCall {
  readonly duration: number;
  readonly ttft: number;
}

/** Timestamps of this many milliseconds (ten days) and more are of a calendar. */
const CALENDAR = 10 * 24 * 3600 * 1000;

/** Reads a trace whose calls name the LLMs `llms` of a plan; without a plan, any. */
export function loadTrace(path: string, llms?: readonly string[]): LoadedTrace {
  const { calls, file, problems, names } = readCalls(path, llms);
  const sessions = linkSessions(calls, problems);
  const trace = { calls, sessions, conversations: linkPrefixes(calls, problems) };
  const name = basename(path).replace(/(?:\.trace)?\.(?:jsonl|json|ndjson)$/i, "");
  const { order, arrivals } = sessions;
  const first = arrivals[order[0]!]!;
  const start = first < CALENDAR ? 0 : first;
  const { observed, unobserved } = calls.counts;
  const isObserved = observed > 0 && unobserved === 0;
  return {
    name,
    file,
    llms: names,
    source: (index) => traceExecution(trace, index).execution,
    arrivals: Float64Array.from(order, (session) => (arrivals[session]! - start) * ms),
    workflowOf: (execution) => calls.workflows.get(order[execution]!) ?? name,
    observed: isObserved ? (index) => observedExecution(trace, index) : undefined,
    warnings: warningsOf(calls),
  };
}

function readCalls(
  path: string,
  llms: readonly string[] | undefined,
): { calls: TraceCalls; file: LoadedFile; problems: LineProblems; names: readonly string[] } {
  const llmOf = new Map((llms ?? []).map((name, index) => [name, index]));
  let calls = new TraceCalls(0);
  const onRow: OnRow = (row, index, problems) => {
    const report = (problem: LineProblem) => problems.add(index, problem);
    if (!checkTraceRow(row, report)) return;
    if (llms === undefined && "model" in row && !llmOf.has(row.model)) {
      llmOf.set(row.model, llmOf.size);
    }
    const llm = "tool" in row ? -1 : llmOf.get(row.model);
    if (llm === undefined) report(unknownModel((row as TraceRow).model, llms ?? []));
    // Behind a wrong row the others are checked, but lead nowhere.
    else if (calls.count === index) {
      const first = "tool" in row ? calls.addTool(row) : calls.add(row, llm);
      if (first < index) report(takenId(row.request_id, problems.lineOf(first)));
    }
  };
  const read = readJsonLines(path, new TraceScanner(), (rowsMost) => {
    calls = new TraceCalls(rowsMost);
    return onRow;
  });
  return { calls, ...read, names: [...llmOf.keys()] };
}

function takenId(id: string | number, line: number): LineProblem {
  return {
    key: "request_id",
    message: `the request id ${JSON.stringify(id)} is taken by line ${line}`,
    hint: "give every call an id of its own",
  };
}

function unknownModel(model: string, llms: readonly string[]): LineProblem {
  const similar = similarNames(model, llms);
  const meant = similar.length > 0 ? `did you mean ${similar.join(" or ")}? ` : "";
  return {
    key: "model",
    message: `the plan does not place ${model}`,
    hint: `${meant}it places ${llms.join(", ")}`,
  };
}

/** What was measured of an execution, step by step. */
function observedExecution(trace: LinkedTrace, index: number): ObservedExecution {
  const { calls, sessions } = trace;
  let last = 0;
  const observed = traceExecution(trace, index).rows.map((row): ObservedCall | undefined => {
    const times = calls.observed.get(row);
    // A wait before a call has no measurement.
    if (times === undefined) return undefined;
    const { submit_ms: submit, first_token_ms: firstToken, end_ms: end } = times;
    last = Math.max(last, end);
    if (calls.tools.has(row)) return undefined;
    return { duration: (end - submit) * ms, ttft: (firstToken - submit) * ms };
  });
  return { latency: (last - sessions.arrivals[sessions.order[index]!]!) * ms, calls: observed };
}

function warningsOf({ counts, callCount }: TraceCalls): string[] {
  const warnings: string[] = [];
  const warn = (calls: number, text: string) => {
    if (calls > 0) warnings.push(`${calls} of ${callCount} calls ${text}`);
  };
  warn(counts.hashed, "have hash_ids, which are ignored: prefixes are shared by prefix_of only");
  warn(counts.empty, "have no prompt or no output tokens: they are simulated with one");
  if (counts.unobserved > 0) {
    warn(counts.observed, "were observed: without all of them there is no comparison");
  }
  return warnings;
}
