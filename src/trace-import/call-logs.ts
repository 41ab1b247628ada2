/**
 * Logs of gateways and tracing services, a call a line or in a list: LiteLLM's logging payloads and
 * spend logs, Langfuse's observations (either spelling), LangSmith's runs. All give the start and
 * the end of calls; who waited for whom is inferred (`dependencies.ts`).
 */

import { instant, number, text, tokens } from "./field-values.ts";
import { type Fields, firstOf, isFields, parseObject } from "./fields.ts";
import {
  BadRecord,
  type ImportFormat,
  type ImportOptions,
  type ImportSink,
  modelOf,
} from "./import-format.ts";
import { SpanSessions } from "./span-sessions.ts";

/** What a log does with a record. */
type Take = (
  record: Fields,
  sessions: SpanSessions,
  context: { readonly sink: ImportSink; readonly options: ImportOptions },
) => void;

/** LiteLLM. */
export const liteLlm: ImportFormat = logFormat(
  "litellm",
  "LiteLLM logging payloads or spend logs (JSON lines)",
  (record, sessions, { sink, options }) => {
    const id = text(firstOf(record, "id", "request_id"), "id");
    if (record.status === "failure") return sink.note("failed calls, left out");
    if (record.cache_hit === true) return sink.note("answers from a response cache, left out");
    const times = timesOf(record, ["startTime", "endTime", "completionStartTime"]);
    const usage = isFields(record.metadata) ? record.metadata.usage_object : undefined;
    const details = isFields(usage) ? usage.prompt_tokens_details : undefined;
    sessions.addCall(text(firstOf(record, "session_id", "trace_id") ?? id, "session_id"), {
      id,
      model: modelOf(options, firstOf(record, "model_group", "model")),
      ...times,
      input: tokens(record.prompt_tokens, "prompt_tokens"),
      output: tokens(record.completion_tokens, "completion_tokens"),
      cached: cachedIn(isFields(details) ? details.cached_tokens : undefined),
    });
  },
);

/** Langfuse. */
export const langfuse: ImportFormat = logFormat(
  "langfuse",
  "Langfuse observations (JSON lines)",
  (record, sessions, { sink, options }) => {
    const id = text(record.id, "id");
    const type = String(record.type);
    const session = text(
      firstOf(record, "session_id", "sessionId", "trace_id", "traceId"),
      "trace_id",
    );
    const times = timesOf(record, [
      "start_time|startTime",
      "end_time|endTime",
      "completion_start_time|completionStartTime",
    ]);
    if (type === "TOOL") return sessions.addTool(session, times);
    if (type !== "GENERATION") return sink.note("observations that are neither calls nor tools");
    const usage = firstOf(record, "usage_details", "usageDetails", "usage");
    if (!isFields(usage)) throw new BadRecord(`observation ${id} has no usage_details`);
    const cached = cachedIn(firstOf(usage, "input_cached_tokens", "cache_read_input_tokens"));
    const input = tokens(usage.input, "usage_details.input");
    const output = tokens(usage.output, "usage_details.output");
    // Some clients count cached tokens in `input`, some beside it; the total tells.
    const isBeside = cached !== undefined && usage.total === input + output + cached;
    sessions.addCall(session, {
      id,
      model: modelOf(options, firstOf(record, "provided_model_name", "model")),
      ...times,
      input: isBeside ? input + cached : input,
      output,
      cached,
    });
  },
);

/** LangSmith. */
export const langSmith: ImportFormat = logFormat(
  "langsmith",
  "LangSmith runs (JSON lines)",
  (record, sessions, { sink, options }) => {
    const id = text(record.id, "id");
    const session = text(record.trace_id ?? id, "trace_id");
    const type = String(record.run_type);
    const times = timesOf(record, ["start_time", "end_time", "first_token_time"]);
    if (type === "tool" || type === "retriever") return sessions.addTool(session, times);
    if (type !== "llm") return sink.note("runs that are neither calls nor tools");
    const metadata = isFields(record.extra) ? record.extra.metadata : undefined;
    const named = isFields(metadata) ? firstOf(metadata, "ls_model_name", "model") : undefined;
    sessions.addCall(session, {
      id,
      model: modelOf(options, named),
      ...times,
      input: tokens(record.prompt_tokens, "prompt_tokens"),
      output: tokens(record.completion_tokens, "completion_tokens"),
    });
  },
);

function logFormat(name: string, description: string, take: Take): ImportFormat {
  const open = (sink: ImportSink, options: ImportOptions) => {
    const sessions = new SpanSessions(sink);
    const read = (line: string) => take(parseObject(line), sessions, { sink, options });
    return { read, end: () => sessions.write() };
  };
  return { name, description, unit: "line", open };
}

/** Start, end and first token in milliseconds; names may have alternatives. */
function timesOf(record: Fields, names: readonly [string, string, string]) {
  const [start, end, first] = names.map((alternatives) => {
    const value = firstOf(record, ...alternatives.split("|"));
    if (value === undefined) return undefined;
    return typeof value === "number"
      ? 1000 * number(value, alternatives)
      : instant(value, alternatives);
  });
  if (start === undefined || end === undefined) {
    throw new BadRecord(`${start === undefined ? names[0] : names[1]} is missing`);
  }
  if (end < start) throw new BadRecord("the call ends before it starts");
  return { start, end, firstToken: first };
}

function cachedIn(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : tokens(value, "cached tokens");
}
