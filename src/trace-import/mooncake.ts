/**
 * Mooncake's traces, and the agentic rows that NVIDIA Dynamo made of them: JSON lines with lengths,
 * block hashes of the prompt, and either a timestamp or what a call waited for. Rows of a session
 * that have neither follow one another. Left out: tool events and branches, which say how a wait
 * came about.
 */

import { text, time, tokens } from "./field-values.ts";
import { type Fields, isAbsent, parseObject } from "./fields.ts";
import {
  BadRecord,
  type ImportedCall,
  type ImportFormat,
  type ImportOptions,
  type ImportSink,
  modelOf,
} from "./import-format.ts";
import { SharedBlocks } from "./shared-blocks.ts";

/** Both forms: what a row lacks is what Mooncake's own rows lack. */
export const mooncake: ImportFormat = {
  name: "mooncake",
  description: "Mooncake rows, and Dynamo's agentic ones (JSON lines)",
  unit: "line",
  open: (sink, options) => {
    const reader = new MooncakeReader(sink, options);
    return { read: (line) => reader.read(parseObject(line)), end: () => {} };
  },
};

/** Reads row after row. */
class MooncakeReader {
  readonly #sink: ImportSink;
  readonly #options: ImportOptions;
  readonly #blocks = new SharedBlocks();
  /** The last call of each session of several. */
  readonly #last = new Map<string, string>();
  #rows = 0;

  constructor(sink: ImportSink, options: ImportOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  read(row: Fields): void {
    const number = String(++this.#rows);
    const { request_id, session_id } = row;
    const id = isAbsent(request_id) ? number : text(request_id, "request_id");
    const session = isAbsent(session_id) ? number : text(session_id, "session_id");
    const input = tokens(row.input_length, "input_length");
    const call: ImportedCall = {
      session_id: session,
      request_id: id,
      model: modelOf(this.#options, row.model),
      input_length: input,
      output_length: tokens(row.output_length, "output_length"),
      ...this.#place(row, session),
      ...this.#prefix(row, id, input),
    };
    if (!isAbsent(session_id)) this.#last.set(session, id);
    this.#sink.write(call);
  }

  /** When the call comes. */
  #place(row: Fields, session: string): Partial<ImportedCall> {
    const waits = waitsOf(row);
    const delay = row.delay ?? row.delay_ms;
    const times = {
      ...(isAbsent(row.tool_wait_ms)
        ? {}
        : { tool_wait_ms: time(row.tool_wait_ms, "tool_wait_ms") }),
      ...(isAbsent(delay) ? {} : { delay: time(delay, "delay") }),
    };
    if (waits.length > 0) return { wait_for: waits, ...times };
    if (!isAbsent(row.timestamp)) return { timestamp: time(row.timestamp, "timestamp"), ...times };
    const last = this.#last.get(session);
    if (last !== undefined) return { wait_for: [last], ...times };
    throw new BadRecord("timestamp is missing, and the call waits for none");
  }

  #prefix({ hash_ids: hashes, prefix_reset }: Fields, id: string, input: number) {
    if (!Array.isArray(hashes)) return {};
    const shared = this.#blocks.add({ id, input }, hashes);
    if (shared === undefined || prefix_reset === true) return {};
    this.#sink.note("prefixes found by block hashes");
    const { of, blocks } = shared;
    const prefix_tokens = Math.min(input, of.input, blocks * this.#options.blockSize);
    return { prefix_of: of.id, prefix_tokens };
  }
}

function waitsOf({ wait_for: waits }: Fields): string[] {
  if (isAbsent(waits)) return [];
  if (!Array.isArray(waits)) throw new BadRecord("wait_for is not a list of request ids");
  return waits.map((id) => text(id, "wait_for"));
}
