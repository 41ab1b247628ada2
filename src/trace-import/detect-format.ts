/** Which format a file has, by its beginning. */

import { parseObject } from "./fields.ts";
import { FORMATS } from "./formats.ts";
import type { ImportFormat } from "./import-format.ts";

/** Fields by which records are told apart, the most special first. */
const MARKS: readonly (readonly [field: string, format: string])[] = [
  ["resourceSpans", "otlp"],
  ["spans", "inference-perf"],
  ["run_type", "langsmith"],
  ["usage_details", "langfuse"],
  ["usageDetails", "langfuse"],
  ["round_index", "tracelab"],
  ["req", "claude-compact"],
  ["parentUuid", "claude-code"],
  ["input_length", "mooncake"],
  ["prompt_tokens", "litellm"],
];

/** Columns, likewise. */
const COLUMNS: readonly (readonly [column: string, format: string])[] = [
  ["ContextTokens", "azure"],
  ["Request tokens", "burstgpt"],
  ["tool_wait_after_ms", "tracelab-csv"],
];

/** The format of a file that begins with `text`; undefined where it is none of ours. */
export function detectFormat(text: string): ImportFormat | undefined {
  const line = text.slice(0, text.indexOf("\n") < 0 ? undefined : text.indexOf("\n"));
  const name = line.trimStart().startsWith("{")
    ? (markIn(line) ?? MARKS.find(([field]) => text.includes(`"${field}"`))?.[1])
    : COLUMNS.find(([column]) => line.includes(column))?.[1];
  return FORMATS.find((format) => format.name === name);
}

/** By the fields of a whole record; undefined where the line holds none. */
function markIn(line: string): string | undefined {
  try {
    const record = parseObject(line);
    return MARKS.find(([field]) => field in record)?.[1];
  } catch {
    return undefined;
  }
}
