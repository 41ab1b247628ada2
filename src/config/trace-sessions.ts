/**
 * The calls of a trace put into sessions, each in an order in which what a call waits for comes
 * first, and the sessions in order of arrival. Calls are known by their row here.
 */

import { MAX_STEPS } from "../workflow/drawn-execution.ts";
import type { LineProblems } from "./json-lines.ts";
import type { TraceCalls } from "./trace-calls.ts";

/** The executions of a trace. */
export interface TraceSessions {
  /** By session in order of arrival; as in the file where two arrive at once. */
  readonly order: Int32Array;
  /** By session number: its first timestamp, in milliseconds. */
  readonly arrivals: Float64Array;
  /** By call that waits for others: them, each once. */
  readonly predecessors: ReadonlyMap<number, readonly number[]>;
  /** Number of calls of a session, and the row of one of them; predecessors come first. */
  callCount(session: number): number;
  rowAt(session: number, position: number): number;
}

/** Every call may have a delay in front. */
const MAX_CALLS = MAX_STEPS / 2;

/** Links the calls of a trace; throws UserErrors for references that lead nowhere. */
export function linkSessions(calls: TraceCalls, problems: LineProblems): TraceSessions {
  const predecessors = new Map<number, readonly number[]>();
  for (const row of calls.waits.keys()) predecessors.set(row, resolveWaits(calls, row, problems));
  problems.throwIfAny();
  const { rows, offsets } = groupBySession(calls);
  const inFile = (session: number) => rows.subarray(offsets[session], offsets[session + 1]);
  const reordered = new Map<number, readonly number[]>();
  for (const row of predecessors.keys()) {
    const session = calls.sessions[row]!;
    if (predecessors.get(row)!.every((other) => other < row) || reordered.has(session)) continue;
    reordered.set(session, predecessorsFirst([...inFile(session)], predecessors, problems));
  }
  const arrivals = arrivalTimes(calls, predecessors, problems);
  for (let session = 0; session < calls.sessionCount; session++) {
    const count = offsets[session + 1]! - offsets[session]!;
    if (count <= MAX_CALLS) continue;
    const message = `the session has ${count} calls, at most ${MAX_CALLS} are supported`;
    problems.add(rows[offsets[session]!]!, { key: "session_id", message });
  }
  problems.throwIfAny();
  return {
    order: byArrival(arrivals),
    arrivals,
    predecessors,
    callCount: (session) => offsets[session + 1]! - offsets[session]!,
    rowAt: (session, position) =>
      reordered.size > 0 && reordered.has(session)
        ? reordered.get(session)![position]!
        : rows[offsets[session]! + position]!,
  };
}

/** The calls that a call waits for; what it names wrongly is reported. */
function resolveWaits(calls: TraceCalls, row: number, problems: LineProblems): readonly number[] {
  const found = new Set<number>();
  for (const id of calls.waits.get(row)!) {
    const other = calls.rowOf(id);
    const shown = JSON.stringify(id);
    if (other === undefined) {
      const message = `no call has the request id ${shown}`;
      problems.add(row, { key: "wait_for", message, hint: "name calls of this trace" });
    } else if (calls.sessions[other] !== calls.sessions[row]) {
      const message = `the call ${shown} is of another session`;
      const hint = "executions do not wait for one another: name calls of the same session_id";
      problems.add(row, { key: "wait_for", message, hint });
    } else found.add(other);
  }
  return [...found];
}

/** The rows of every session in file order, one session after another. */
function groupBySession(calls: TraceCalls): { rows: Int32Array; offsets: Int32Array } {
  const { sessions, sessionCount, count } = calls;
  const offsets = new Int32Array(sessionCount + 1);
  for (let row = 0; row < count; row++) offsets[sessions[row]! + 1]!++;
  for (let session = 0; session < sessionCount; session++) {
    offsets[session + 1]! += offsets[session]!;
  }
  const next = offsets.slice();
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[next[sessions[row]!]!++] = row;
  return { rows, offsets };
}

/** The first timestamp of every session; a call without one that waits for none is reported. */
function arrivalTimes(
  { timestamps, sessions, sessionCount, count }: TraceCalls,
  predecessors: TraceSessions["predecessors"],
  problems: LineProblems,
): Float64Array {
  const arrivals = new Float64Array(sessionCount).fill(Infinity);
  for (let row = 0; row < count; row++) {
    if (predecessors.size > 0 && predecessors.has(row)) continue;
    const timestamp = timestamps[row]!;
    const session = sessions[row]!;
    if (timestamp < arrivals[session]!) arrivals[session] = timestamp;
    if (!Number.isNaN(timestamp)) continue;
    problems.add(row, {
      message: "timestamp is missing, and the call waits for none",
      hint: "give the time at which it came, in ms, or in wait_for what it waited for",
    });
  }
  return arrivals;
}

/** The calls of a session in file order, but later than what they wait for. */
function predecessorsFirst(
  inFile: readonly number[],
  predecessors: TraceSessions["predecessors"],
  problems: LineProblems,
): readonly number[] {
  const successors = new Map<number, number[]>(inFile.map((row) => [row, []]));
  const waiting = new Map<number, number>();
  for (const row of inFile) {
    const waits = predecessors.get(row) ?? [];
    for (const other of waits) successors.get(other)!.push(row);
    waiting.set(row, waits.length);
  }
  const ordered = inFile.filter((row) => waiting.get(row) === 0);
  // Grows as it is walked.
  for (const row of ordered) {
    for (const successor of successors.get(row)!) {
      const left = waiting.get(successor)! - 1;
      waiting.set(successor, left);
      if (left === 0) ordered.push(successor);
    }
  }
  if (ordered.length < inFile.length) {
    problems.add(inFile.find((row) => waiting.get(row)! > 0)!, {
      key: "wait_for",
      message: "the call waits, through others or at once, for itself",
      hint: "take one call out of the circle",
    });
  }
  return ordered;
}

/** Session numbers in order of arrival. */
function byArrival(arrivals: Float64Array): Int32Array {
  const order = new Int32Array(arrivals.length);
  let isSorted = true;
  for (let session = 0; session < order.length; session++) {
    order[session] = session;
    if (session > 0 && arrivals[session]! < arrivals[session - 1]!) isSorted = false;
  }
  return isSorted ? order : order.sort((a, b) => arrivals[a]! - arrivals[b]! || a - b);
}
