/**
 * The calls of a trace in columns, by row of the file. What most calls lack, such as predecessors,
 * is kept for those that have it only: a trace of millions of lone calls stays small.
 */

import { IdTable } from "./id-table.ts";
import {
  type ContextRow,
  isAbsent,
  type ObservedRow,
  type ToolRow,
  type TraceRow,
} from "./trace-row.ts";

/** What a call shares with another one, by the other's id. */
export interface TracePrefix {
  readonly of: string;
  readonly tokens: number;
}

/** A tool's name, and how long it takes in milliseconds. */
export interface TracedTool {
  readonly name: string;
  readonly duration: number;
}

/** Checked rows, their references not yet followed. */
export class TraceCalls {
  /** Number of rows. */
  count = 0;
  /** By row; -1 for a tool. */
  readonly llms: Int32Array;
  readonly promptTokens: Int32Array;
  readonly outputTokens: Int32Array;
  /** Number of the session, in order of first mention. */
  readonly sessions: Int32Array;
  /** Milliseconds; NaN for none. */
  readonly timestamps: Float64Array;
  /** Milliseconds between the end of what a call waits for and its start, by calls with any. */
  readonly delays = new Map<number, number>();
  readonly waits = new Map<number, readonly string[]>();
  readonly prefixes = new Map<number, TracePrefix>();
  readonly contexts = new Map<number, ContextRow>();
  readonly priorities = new Map<number, number>();
  readonly tools = new Map<number, TracedTool>();
  /** Milliseconds after which the client gave a call up. */
  readonly cancelled = new Map<number, number>();
  readonly observed = new Map<number, ObservedRow>();
  readonly roles = new Map<number, string>();
  /** By session whose first call names one. */
  readonly workflows = new Map<number, string>();
  /** Calls with something that is measured, or not simulated as it stands. */
  readonly counts = { observed: 0, unobserved: 0, hashed: 0, empty: 0 };

  /** Request ids, numbered by row, and session ids. */
  readonly #requestIds: IdTable;
  readonly #sessionIds: IdTable;

  /** Has room for so many rows. */
  constructor(rowsMost: number) {
    this.llms = new Int32Array(rowsMost);
    this.promptTokens = new Int32Array(rowsMost);
    this.outputTokens = new Int32Array(rowsMost);
    this.sessions = new Int32Array(rowsMost);
    this.timestamps = new Float64Array(rowsMost);
    this.#requestIds = new IdTable(rowsMost);
    this.#sessionIds = new IdTable(rowsMost);
  }

  /** Number of rows that are calls. */
  get callCount(): number {
    return this.count - this.tools.size;
  }

  /** Number of sessions. */
  get sessionCount(): number {
    return this.#sessionIds.count;
  }

  /** The row of a request id. */
  rowOf(id: string): number | undefined {
    return this.#requestIds.find(id);
  }

  /** Adds a call of LLM number `llm`; the answer is its row, or the row that has its id already. */
  add(call: TraceRow, llm: number): number {
    const row = this.count;
    const { input_length: prompt, output_length: output } = call;
    const taken = this.#addRow(call, { llm, prompt, output });
    if (taken < row) return taken;
    if (!isAbsent(call.prefix_of)) {
      this.prefixes.set(row, { of: String(call.prefix_of), tokens: call.prefix_tokens! });
    }
    if (!isAbsent(call.observed)) this.counts.observed++;
    else if (isAbsent(call.cancelled_ms)) this.counts.unobserved++;
    if (!isAbsent(call.context)) this.contexts.set(row, call.context);
    if (!isAbsent(call.priority)) this.priorities.set(row, call.priority);
    if (!isAbsent(call.role)) this.roles.set(row, call.role);
    if (!isAbsent(call.hash_ids)) this.counts.hashed++;
    if (!isAbsent(call.cancelled_ms)) this.cancelled.set(row, call.cancelled_ms);
    if (prompt === 0 || output === 0) this.counts.empty++;
    return row;
  }

  /** Adds a tool; the answer is as for a call. */
  addTool(tool: ToolRow): number {
    const row = this.count;
    const taken = this.#addRow(tool, { llm: -1, prompt: 0, output: 0 });
    if (taken === row) this.tools.set(row, { name: tool.tool, duration: tool.duration_ms });
    return taken;
  }

  #addRow(
    line: TraceRow | ToolRow,
    { llm, prompt, output }: { readonly llm: number; prompt: number; output: number },
  ): number {
    const row = this.count;
    const rowOfId = this.#requestIds.add(String(line.request_id));
    if (rowOfId < row) return rowOfId;
    const { tool_wait_ms: tool, delay } = line;
    this.llms[row] = llm;
    this.promptTokens[row] = Math.max(1, prompt);
    this.outputTokens[row] = Math.max(1, output);
    this.timestamps[row] = line.timestamp ?? Number.NaN;
    if (!isAbsent(tool) || !isAbsent(delay)) this.delays.set(row, (tool ?? 0) + (delay ?? 0));
    if (!isAbsent(line.wait_for) && line.wait_for.length > 0) {
      this.waits.set(row, line.wait_for.map(String));
    }
    if (!isAbsent(line.observed)) this.observed.set(row, line.observed);
    this.sessions[row] = this.#session(line);
    this.count++;
    return row;
  }

  #session({ session_id: id, workflow }: TraceRow | ToolRow): number {
    const before = this.#sessionIds.count;
    const session = this.#sessionIds.add(String(id));
    if (session === before && !isAbsent(workflow)) this.workflows.set(session, workflow);
    return session;
  }
}
