/** Imports texts in tests. */

import { FORMATS } from "../../../src/trace-import/formats.ts";
import type { ImportedCall } from "../../../src/trace-import/import-format.ts";

/** The calls of a text of a format, and what was noted. */
export function imported(
  format: string,
  text: string,
  options: { readonly model?: string; readonly blockSize?: number } = {},
): { readonly calls: ImportedCall[]; readonly notes: Record<string, number> } {
  const found = FORMATS.find(({ name }) => name === format)!;
  const calls: ImportedCall[] = [];
  const notes: Record<string, number> = {};
  const sink = {
    write: (call: ImportedCall) => calls.push(call),
    note: (what: string, count = 1) => {
      notes[what] = (notes[what] ?? 0) + count;
    },
  };
  const reader = found.open(sink, { blockSize: 512, ...options });
  if (found.unit === "document") reader.read(text);
  else for (const line of text.trim().split("\n")) reader.read(line);
  reader.end();
  return { calls, notes };
}

/** Records as JSON lines. */
export const lines = (...records: readonly object[]): string =>
  records.map((record) => JSON.stringify(record)).join("\n");
