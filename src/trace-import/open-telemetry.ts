/**
 * OpenTelemetry spans of LLM calls: OTLP JSON and inference-perf's flat form, with the GenAI
 * conventions of several years, OpenInference's names, and vLLM's own `llm_request` spans. Input
 * tokens include cached ones. A session is a conversation where spans name one, else a trace.
 * Agent and other spans only group, and are left out.
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
import { estimatedTokens, SpanSessions } from "./span-sessions.ts";

const INPUT = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"];
const OUTPUT = [
  "gen_ai.usage.output_tokens",
  "gen_ai.usage.completion_tokens",
  "llm.token_count.completion",
];
const CACHED = [
  "gen_ai.usage.cache_read.input_tokens",
  "gen_ai.usage.cache_read_input_tokens",
  "gen_ai.usage.input_cached_tokens",
  "gen_ai.usage.cached_tokens",
  "llm.token_count.prompt_details.cache_read",
];
const MODEL = ["gen_ai.response.model", "gen_ai.request.model", "llm.model_name"];
const SESSION = ["gen_ai.conversation.id", "session.id"];
const CALLS = ["chat", "text_completion", "generate_content", "embeddings"];

/** A span, whatever its form; times in milliseconds. */
interface Span {
  readonly id: string;
  readonly trace: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: Fields;
}

/** OTLP JSON: one document, or one a line. */
export const otlp: ImportFormat = {
  name: "otlp",
  description: "OpenTelemetry spans of LLM calls (OTLP JSON, a document or one a line)",
  unit: "document",
  open: (sink, options) => documents(sink, options, spansOfOtlp),
};

/** The flat form: {"spans": […]}. */
export const flatSpans: ImportFormat = {
  name: "inference-perf",
  description: "OpenTelemetry spans in inference-perf's flat form (JSON)",
  unit: "document",
  open: (sink, options) => documents(sink, options, spansOfFlat),
};

function documents(
  sink: ImportSink,
  options: ImportOptions,
  spansOf: (document: Fields) => readonly Span[],
) {
  const sessions = new SpanSessions(sink);
  const read = (whole: string) => {
    for (const document of jsonDocuments(whole)) {
      for (const span of spansOf(document)) addSpan(span, sessions, { sink, options });
    }
  };
  return { read, end: () => sessions.write() };
}

/** One document, or as many as there are lines. */
function jsonDocuments(whole: string): Fields[] {
  try {
    return [parseObject(whole)];
  } catch (error) {
    const lines = whole.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2) throw error;
    return lines.map(parseObject);
  }
}

function spansOfOtlp(document: Fields): Span[] {
  const spans = list(document, "resourceSpans").flatMap((resource) =>
    list(resource, "scopeSpans").flatMap((scope) => list(scope, "spans")),
  );
  return spans.map((span) => {
    const id = text(span.spanId, "spanId");
    const nanoseconds = (name: string) => number(span[name], `span ${id}: ${name}`) / 1e6;
    return {
      id,
      trace: text(span.traceId, `span ${id}: traceId`),
      name: typeof span.name === "string" ? span.name : "",
      start: nanoseconds("startTimeUnixNano"),
      end: nanoseconds("endTimeUnixNano"),
      attributes: Object.fromEntries(
        list(span, "attributes").map(({ key, value }) => [String(key), plain(value)]),
      ),
    };
  });
}

/** What an OTLP value holds. */
function plain(value: unknown): unknown {
  if (!isFields(value)) return value;
  const held = firstOf(value, "stringValue", "intValue", "doubleValue", "boolValue");
  return held ?? value.arrayValue;
}

function spansOfFlat(document: Fields): Span[] {
  return list(document, "spans").map((span) => {
    const id = text(span.span_id, "span_id");
    return {
      id,
      trace: text(span.trace_id ?? document.trace_id, `span ${id}: trace_id`),
      name: typeof span.name === "string" ? span.name : "",
      start: instant(span.start_time, `span ${id}: start_time`),
      end: instant(span.end_time, `span ${id}: end_time`),
      attributes: isFields(span.attributes) ? span.attributes : {},
    };
  });
}

function list(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  if (value === undefined || value === null) {
    if (name === "attributes") return [];
    throw new BadRecord(`${name} is missing`);
  }
  if (!Array.isArray(value) || !value.every(isFields)) {
    throw new BadRecord(`${name} is not a list of objects`);
  }
  return value;
}

function addSpan(
  { id, trace, name, start, end, attributes }: Span,
  sessions: SpanSessions,
  { sink, options }: { readonly sink: ImportSink; readonly options: ImportOptions },
): void {
  if (end < start) throw new BadRecord(`span ${id} ends before it starts`);
  const session = String(firstOf(attributes, ...SESSION) ?? trace);
  const operation = firstOf(attributes, "gen_ai.operation.name");
  const kind = String(firstOf(attributes, "openinference.span.kind") ?? "").toUpperCase();
  if (operation === "execute_tool" || kind === "TOOL") {
    sessions.addTool(session, { start, end });
    return;
  }
  const isCall = CALLS.includes(String(operation)) || kind === "LLM" || name === "llm_request";
  if (!isCall) {
    sink.note("spans that are neither calls nor tools");
    return;
  }
  const messages = messagesOf(firstOf(attributes, "gen_ai.input.messages", "input.value"));
  const answer = firstOf(attributes, "gen_ai.output.text", "output.value");
  const ttft = firstOf(attributes, "gen_ai.latency.time_to_first_token");
  const count = (names: readonly string[], texts: readonly string[], what: string) => {
    const given = firstOf(attributes, ...names);
    if (given !== undefined) return tokens(given, `span ${id}: ${what}`);
    if (texts.length === 0) throw new BadRecord(`span ${id} has neither ${what} nor texts`);
    sink.note("lengths estimated from texts, 4 characters a token");
    return Math.max(1, estimatedTokens(texts));
  };
  const cached = firstOf(attributes, ...CACHED);
  const agent = firstOf(attributes, "gen_ai.agent.name");
  sessions.addCall(session, {
    id,
    model: modelOf(options, firstOf(attributes, ...MODEL)),
    ...(agent === undefined ? {} : { role: String(agent) }),
    start,
    firstToken: ttft === undefined ? undefined : start + 1000 * number(ttft, `span ${id}: TTFT`),
    end,
    input: count(INPUT, messages, "input tokens"),
    output: count(OUTPUT, typeof answer === "string" ? [answer] : [], "output tokens"),
    cached: cached === undefined ? undefined : tokens(cached, `span ${id}: cached tokens`),
    messages,
    answer: typeof answer === "string" ? answer : undefined,
  });
}

/** The texts of messages, given as a list or as JSON. */
function messagesOf(value: unknown): string[] {
  let messages: unknown = value;
  if (typeof value === "string") {
    try {
      messages = JSON.parse(value);
    } catch {
      return [value];
    }
  }
  if (!Array.isArray(messages)) return [];
  return messages.map((message) => {
    const content = isFields(message) ? (message.content ?? message.parts) : message;
    return typeof content === "string" ? content : JSON.stringify(content ?? "");
  });
}
