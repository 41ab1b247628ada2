/** Calls and tools of recordings gathered by session, and written when all have been read. */

import { type RecordedCall, type RecordedSession, writeSession } from "./dependencies.ts";
import type { ImportSink } from "./import-format.ts";

/** Characters a token where a recording has texts but no token counts: English prose, roughly. */
const CHARACTERS_PER_TOKEN = 4;

/** Sessions being gathered. */
export class SpanSessions {
  readonly #sessions = new Map<
    string,
    { calls: RecordedCall[]; tools: RecordedSession["tools"][0][] }
  >();
  readonly #sink: ImportSink;

  constructor(sink: ImportSink) {
    this.#sink = sink;
  }

  addCall(session: string, call: RecordedCall): void {
    this.#of(session).calls.push(call);
  }

  addTool(session: string, tool: { readonly start: number; readonly end: number }): void {
    this.#of(session).tools.push(tool);
  }

  /** Writes all sessions that have calls, in the order in which they began. */
  write(): void {
    const starts = [...this.#sessions]
      .filter(([, { calls }]) => calls.length > 0)
      .map(([id, { calls, tools }]) => {
        return { id, calls, tools, start: Math.min(...calls.map((call) => call.start)) };
      });
    starts.sort((a, b) => a.start - b.start);
    for (const session of starts) writeSession(session, this.#sink);
  }

  #of(session: string) {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const created = { calls: [], tools: [] };
    this.#sessions.set(session, created);
    return created;
  }
}

/** Tokens of texts, by their length. */
export function estimatedTokens(texts: readonly string[]): number {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
