/**
 * Sessions of coding agents, one call after another: TraceLab's rounds (JSON lines) and replay
 * tables (CSV), and the compact Claude Code sessions of kv-cache-tester (a session a line, calls as
 * [t, in, cached, out, api, think, stop] in seconds and tokens). Each call shares with the one
 * before as many tokens as were cached. Sessions without a time of their own all come at 0.
 */

import { instant, number, text, time, tokens } from "./field-values.ts";
import { type Fields, isAbsent, isFields, parseObject } from "./fields.ts";
import {
  BadRecord,
  type ImportedCall,
  type ImportFormat,
  type ImportOptions,
  type ImportSink,
  modelOf,
} from "./import-format.ts";

/** A call of a chain; `after` is what passes before the next one, in milliseconds. */
interface ChainedCall {
  readonly session: string;
  readonly model: unknown;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly timestamp: number;
  /** Between the end of the call before and this one, besides its tools. */
  readonly delay?: number;
  /** Time of tools after the call. */
  readonly tools: number;
}

/** Writes calls that follow one another in their session. */
class Chains {
  readonly #sink: ImportSink;
  readonly #options: ImportOptions;
  readonly #last = new Map<string, { id: string; size: number; tools: number; count: number }>();

  constructor(sink: ImportSink, options: ImportOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  write({ session, model, input, cached, output, timestamp, delay = 0, tools }: ChainedCall): void {
    const last = this.#last.get(session);
    const count = (last?.count ?? 0) + 1;
    const id = `${session}.${count}`;
    const shared = Math.min(cached, input, last?.size ?? 0);
    const place: Partial<ImportedCall> =
      last === undefined
        ? { timestamp }
        : {
            wait_for: [last.id],
            ...(last.tools > 0 ? { tool_wait_ms: last.tools } : {}),
            ...(delay > 0 ? { delay } : {}),
            ...(shared > 0 ? { prefix_of: last.id, prefix_tokens: shared } : {}),
          };
    this.#sink.write({
      session_id: session,
      request_id: id,
      model: modelOf(this.#options, model),
      input_length: input,
      output_length: output,
      ...place,
    });
    this.#last.set(session, { id, size: input + output, tools, count });
  }
}

/** TraceLab's replay tables. */
export const traceLabTable: ImportFormat = {
  name: "tracelab-csv",
  description: "TraceLab replay tables (CSV)",
  unit: "line",
  open: (sink, options) => {
    const chains = new Chains(sink, options);
    const columns =
      "session_id,arrival_time,round_idx,prefix_len,input_len,output_len,tool_wait_after_ms";
    let hasHeader = false;
    const read = (line: string) => {
      const cells = line.trim().split(",");
      if (!hasHeader) {
        hasHeader = true;
        if (cells.join(",") === columns) return;
        throw new BadRecord("not the header of a replay table", `expected ${columns}`);
      }
      const [session, arrival, , prefix, input, output, tools] = cells;
      const cached = tokens(prefix, "prefix_len");
      chains.write({
        session: text(session, "session_id"),
        model: undefined,
        input: cached + tokens(input, "input_len"),
        cached,
        output: tokens(output, "output_len"),
        timestamp: time(arrival, "arrival_time"),
        tools: time(tools, "tool_wait_after_ms"),
      });
    };
    return { read, end: () => {} };
  },
};

/** The compact sessions. */
export const compactSessions: ImportFormat = {
  name: "claude-compact",
  description: "compact Claude Code sessions of kv-cache-tester (JSON lines)",
  unit: "line",
  open: (sink, options) => {
    const chains = new Chains(sink, options);
    const read = (line: string) => {
      const { id, req } = parseObject(line);
      if (!Array.isArray(req)) throw new BadRecord("req is not a list of calls");
      let end = 0;
      req.forEach((call: unknown, index) => {
        if (!Array.isArray(call)) throw new BadRecord(`call ${index} is not a list`);
        const [start, input, cached, output, api] = call;
        const from = 1000 * number(start, "t");
        if (index > 0 && from < end) sink.note("calls that came before the last had ended");
        chains.write({
          session: text(id, "id"),
          model: undefined,
          input: tokens(input, "in"),
          cached: tokens(cached, "cached"),
          output: tokens(output, "out"),
          timestamp: 0,
          delay: index > 0 ? Math.max(0, from - end) : 0,
          tools: 0,
        });
        // Unknown for some calls.
        end = from + 1000 * (isAbsent(api) ? 0 : number(api, "api"));
      });
      sink.note("sessions without a time of their own, at 0");
    };
    return { read, end: () => {} };
  },
};

/** TraceLab's rounds. */
export const traceLabRounds: ImportFormat = {
  name: "tracelab",
  description: "TraceLab rounds (JSON lines)",
  unit: "line",
  open: (sink, options) => {
    const chains = new Chains(sink, options);
    const ends = new Map<string, number>();
    const read = (line: string) => {
      const round = parseObject(line);
      const session = text(round.session_id, "session_id");
      const events = listOf(round.timing_events).map((event) => {
        return { type: event.event_type, at: instant(event.timestamp, "timing_events") };
      });
      const tools = listOf(round.tools)
        .filter(({ result_at }) => typeof result_at === "string")
        .map(({ emitted_at, result_at }) => ({
          start: instant(emitted_at, "emitted_at"),
          end: instant(result_at, "result_at"),
        }));
      const start = events[0]?.at ?? 0;
      const user = events.find(({ type }) => type === "user_message")?.at;
      const before = ends.get(session);
      chains.write({
        session,
        model: round.model,
        input: tokens(round.input_tokens_total, "input_tokens_total"),
        cached: tokens(round.prefix_tokens, "prefix_tokens"),
        output: tokens(round.output_tokens, "output_tokens"),
        timestamp: start,
        delay: user !== undefined && before !== undefined ? Math.max(0, user - before) : 0,
        tools: unionLength(tools),
      });
      ends.set(session, Math.max(...events.map(({ at }) => at), ...tools.map(({ end }) => end)));
    };
    return { read, end: () => {} };
  },
};

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** Total length covered by intervals. */
export function unionLength(intervals: readonly { start: number; end: number }[]): number {
  let covered = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    covered += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return covered;
}
