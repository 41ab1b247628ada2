/**
 * Makes the sessions of a trace into executions that can be run: a step for every call, behind a
 * tool step where the call comes some time after what it waits for.
 */

import { ms } from "../units.ts";
import { DrawHash } from "../workflow/draw-hash.ts";
import type { DrawnExecution, DrawnStep } from "../workflow/drawn-execution.ts";
import type { TraceCalls } from "./trace-calls.ts";
import type { TraceConversations } from "./trace-prefixes.ts";
import type { TraceSessions } from "./trace-sessions.ts";

/** A trace with its references followed. */
export interface LinkedTrace {
  readonly calls: TraceCalls;
  readonly sessions: TraceSessions;
  readonly conversations: TraceConversations;
}

/** An execution, and the row of the call of each step, -1 for steps that are no calls. */
export interface TracedExecution {
  readonly execution: DrawnExecution;
  readonly rows: readonly number[];
}

/** Execution number `index` in order of arrival, made anew at each call. */
export function traceExecution(trace: LinkedTrace, index: number): TracedExecution {
  const { calls, sessions } = trace;
  const session = sessions.order[index]!;
  const steps: DrawnStep[] = [];
  const rows: number[] = [];
  const hash = new DrawHash();
  const append = (step: DrawnStep, row: number, after: readonly number[]) => {
    hash.add(after.length, ...after);
    step.predecessorCount = after.length;
    for (const predecessor of after) steps[predecessor]!.successors.push(steps.length);
    steps.push(step);
    rows.push(row);
  };
  const callCount = sessions.callCount(session);
  for (let position = 0; position < callCount; position++) {
    const row = sessions.rowAt(session, position);
    const waits = sessions.predecessors.get(row);
    let after = waits === undefined ? [] : waits.map((other) => rows.lastIndexOf(other));
    // What comes by the clock, after the session's first call, waits for that much longer.
    const late = waits === undefined ? calls.timestamps[row]! - sessions.arrivals[session]! : 0;
    const duration = (late + (calls.delays.get(row) ?? 0)) * ms;
    if (duration > 0) {
      hash.add(duration);
      append(
        { kind: "tool", name: "wait", duration, predecessorCount: 0, successors: [] },
        -1,
        after,
      );
      after = [steps.length - 1];
    }
    append(
      calls.llms[row] === -1 ? drawTool(calls, row, hash) : drawCall(trace, row, hash),
      row,
      after,
    );
  }
  return { execution: { index, steps, hash: hash.digest() }, rows };
}

function drawTool(calls: TraceCalls, row: number, hash: DrawHash): DrawnStep {
  const { name, duration } = calls.tools.get(row)!;
  hash.add(duration * ms);
  return { kind: "tool", name, duration: duration * ms, predecessorCount: 0, successors: [] };
}

function drawCall(trace: LinkedTrace, row: number, hash: DrawHash): DrawnStep {
  const { calls, conversations } = trace;
  const llm = calls.llms[row]!;
  const promptTokens = calls.promptTokens[row]!;
  const outputTokens = calls.outputTokens[row]!;
  const conversation = conversations.conversationOf.get(row) ?? -1;
  hash.add(llm, promptTokens, outputTokens, conversation);
  const cancelled = calls.cancelled.get(row);
  if (cancelled !== undefined) hash.add(cancelled * ms);
  return {
    kind: "call",
    llm,
    role: calls.roles.get(row) ?? "",
    promptTokens,
    outputTokens,
    priority: calls.priorities.get(row),
    conversation,
    origin: conversations.originOf.get(row),
    retainTokens: conversations.retainTokens.get(row) ?? 0,
    ...(cancelled === undefined ? {} : { timeout: cancelled * ms }),
    predecessorCount: 0,
    successors: [],
  };
}
