/**
 * Logs of requests as CSV: Azure's (2023: a time with seven digits of a second, context and
 * generated tokens) and BurstGPT's (seconds, model, request and response tokens; a session where
 * there is one). Each row is an execution of its own, for neither says who waited for whom.
 */

import { instant, number, tokens } from "./field-values.ts";
import {
  BadRecord,
  type ImportFormat,
  type ImportOptions,
  type ImportSink,
  modelOf,
} from "./import-format.ts";

/** A row by column. */
type Row = (column: string) => string;

/** Azure's traces of 2023. */
export const azure: ImportFormat = csvFormat("azure", "Azure LLM inference traces (CSV)", {
  columns: ["TIMESTAMP", "ContextTokens", "GeneratedTokens"],
  timestamp: (row) => instant(row("TIMESTAMP"), "TIMESTAMP"),
  model: () => undefined,
  input: "ContextTokens",
  output: "GeneratedTokens",
});

/** BurstGPT; rows without a response are failures. */
export const burstGpt: ImportFormat = csvFormat("burstgpt", "BurstGPT (CSV)", {
  columns: ["Timestamp", "Model", "Request tokens", "Response tokens"],
  timestamp: (row) => 1000 * number(row("Timestamp"), "Timestamp"),
  model: (row) => row("Model"),
  input: "Request tokens",
  output: "Response tokens",
});

/** What a log has in its columns. */
interface Log {
  readonly columns: readonly string[];
  /** In milliseconds. */
  readonly timestamp: (row: Row) => number;
  readonly model: (row: Row) => string | undefined;
  readonly input: string;
  readonly output: string;
}

function csvFormat(name: string, description: string, log: Log): ImportFormat {
  const open = (sink: ImportSink, options: ImportOptions) => {
    let header: ReadonlyMap<string, number> | undefined;
    let rows = 0;
    const read = (line: string) => {
      const cells = line.split(",").map((cell) => cell.trim());
      if (header === undefined) {
        header = headerOf(cells, log);
        return;
      }
      if (cells.length < header.size) {
        throw new BadRecord(`${cells.length} columns, ${header.size} expected`);
      }
      const columns = header;
      const row: Row = (column) => cells[columns.get(column)!]!;
      const output = tokens(row(log.output), log.output);
      const call = {
        session_id: String(rows + 1),
        request_id: String(rows + 1),
        model: modelOf(options, log.model(row)),
        input_length: tokens(row(log.input), log.input),
        output_length: output,
        timestamp: log.timestamp(row),
      };
      rows++;
      if (output === 0) sink.note("calls without an answer, left out");
      else sink.write(call);
    };
    return { read, end: () => {} };
  };
  return { name, description, unit: "line", open };
}

function headerOf(cells: readonly string[], { columns }: Log): ReadonlyMap<string, number> {
  const missing = columns.filter((column) => !cells.includes(column));
  if (missing.length === 0) return new Map(cells.map((cell, index) => [cell, index]));
  throw new BadRecord(
    `no column ${missing.join(", ")}`,
    `expected a first line with ${columns.join(",")}`,
  );
}
