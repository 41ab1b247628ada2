/**
 * Session files of Claude Code (~/.claude/projects): JSON lines of messages. An answer is there
 * once for each block of its content, with the same id and usage: it counts once. Its input is
 * what was new, what was written to the cache and what was read from it. A call starts at the
 * message that it answers, tools run from their request to their result; sub-agents (side chains)
 * are sessions' calls like others.
 */

import { instant, text, tokens } from "./field-values.ts";
import { type Fields, firstOf, isFields, parseObject } from "./fields.ts";
import type { ImportFormat, ImportOptions, ImportSink } from "./import-format.ts";
import { modelOf } from "./import-format.ts";
import { SpanSessions } from "./span-sessions.ts";

/** An answer as far as it has been read. */
interface Answer {
  readonly session: string;
  readonly model: unknown;
  readonly start: number;
  readonly isSidechain: boolean;
  readonly usage: Fields;
  end: number;
}

/** Claude Code. */
export const claudeCode: ImportFormat = {
  name: "claude-code",
  description: "Claude Code session files (JSON lines)",
  unit: "line",
  open: (sink, options) => {
    const reader = new ClaudeCodeReader(sink, options);
    return { read: (line) => reader.read(parseObject(line)), end: () => reader.end() };
  },
};

class ClaudeCodeReader {
  readonly #sink: ImportSink;
  readonly #options: ImportOptions;
  readonly #sessions: SpanSessions;
  readonly #answers = new Map<string, Answer>();
  /** When a message was written, by its uuid. */
  readonly #times = new Map<string, number>();
  /** Session and time of tools that were asked for, by their id. */
  readonly #asked = new Map<string, { readonly session: string; readonly start: number }>();

  constructor(sink: ImportSink, options: ImportOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#sessions = new SpanSessions(sink);
  }

  read(record: Fields): void {
    const { type, uuid, parentUuid, message } = record;
    if ((type !== "user" && type !== "assistant") || !isFields(message)) {
      this.#sink.note("lines that are no messages");
      return;
    }
    const at = instant(record.timestamp, "timestamp");
    const session = text(record.sessionId, "sessionId");
    if (typeof uuid === "string") this.#times.set(uuid, at);
    const content = Array.isArray(message.content) ? message.content.filter(isFields) : [];
    if (type === "user") {
      for (const block of content) this.#endTool(block, at);
      return;
    }
    for (const block of content) {
      if (block.type === "tool_use") this.#asked.set(text(block.id, "id"), { session, start: at });
    }
    const id = text(message.id, "message.id");
    const known = this.#answers.get(id);
    if (known !== undefined) {
      known.end = Math.max(known.end, at);
      this.#sink.note("repeated lines of an answer");
      return;
    }
    if (!isFields(message.usage)) {
      this.#sink.note("answers without a usage, left out");
      return;
    }
    const start = typeof parentUuid === "string" ? (this.#times.get(parentUuid) ?? at) : at;
    const { model, usage } = message;
    const isSidechain = record.isSidechain === true;
    this.#answers.set(id, { session, model, start, end: at, usage, isSidechain });
  }

  end(): void {
    for (const [id, { session, model, start, end, usage, isSidechain }] of this.#answers) {
      const count = (name: string) => tokens(firstOf(usage, name) ?? 0, name);
      const cached = count("cache_read_input_tokens");
      this.#sessions.addCall(session, {
        id,
        model: modelOf(this.#options, model),
        ...(isSidechain ? { role: "sub-agent" } : {}),
        start,
        end,
        input: count("input_tokens") + count("cache_creation_input_tokens") + cached,
        output: count("output_tokens"),
        cached,
      });
    }
    this.#sessions.write();
  }

  #endTool(block: Fields, at: number): void {
    if (block.type !== "tool_result") return;
    const asked = this.#asked.get(String(block.tool_use_id));
    if (asked === undefined) return;
    this.#sessions.addTool(asked.session, { start: asked.start, end: Math.max(asked.start, at) });
  }
}
