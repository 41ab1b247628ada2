/**
 * Messages as texts that are equal when the messages say the same: frameworks send an answer back
 * with other ids, spaces, empty fields or text split into parts. Reasoning is left out, as they
 * leave it out too.
 */

import type { Endpoint } from "./endpoints.ts";
import { type Fields, fieldsOf, listOf, parseJson, textOf } from "./json-fields.ts";

/** Of a token of English, the usual rule of thumb. Images are not counted. */
const CHARACTERS = 4;

/** What a call is about, before its answer. */
export interface Context {
  /** Whether the parts are one text that an answer goes on with, or messages in a row. */
  readonly isText: boolean;
  readonly parts: readonly string[];
  /** The id of the answer that this goes on from, kept by the server. */
  readonly previousResponse?: string | undefined;
}

/** A function that an answer calls. */
export interface FunctionCall {
  readonly name: string;
  /** JSON as the LLM wrote it. */
  readonly arguments: string;
}

/** The context of a request; undefined where there is none that an answer could extend. */
export function contextOf(endpoint: Endpoint, body: Fields): Context | undefined {
  if (endpoint === "chat") {
    return { isText: false, parts: listOf(body.messages).map(messagePart) };
  }
  if (endpoint === "completions") {
    const { prompt } = body;
    return typeof prompt === "string" ? { isText: true, parts: [prompt] } : undefined;
  }
  if (endpoint === "embeddings") return undefined;
  const { input, instructions, previous_response_id: previous } = body;
  const items = typeof input === "string" ? [{ role: "user", content: input }] : listOf(input);
  const system = textOf(instructions);
  return {
    isText: false,
    parts: [...(system === "" ? [] : [part("system", system, [])]), ...itemParts(items)],
    previousResponse: textOf(previous) || undefined,
  };
}

/** The answer of an LLM as a later request repeats it. */
export function answerPart(text: string, calls: readonly FunctionCall[]): string {
  return text.trim() === "" && calls.length === 0 ? "" : part("assistant", text, calls);
}

/** Items of the Responses API, given or answered. */
export function itemParts(items: readonly unknown[]): string[] {
  return items.map(fieldsOf).flatMap((item) => {
    if (item.type === "reasoning") return [];
    if (item.type === "function_call") return [part("assistant", "", [functionCall(item)])];
    if (item.type === "function_call_output") return [part("tool", contentOf(item.output), [])];
    return [messagePart(item)];
  });
}

/** About how many prompt tokens a request brings: texts by their length, token ids by number. */
export function estimatedTokens(asked: Fields): number {
  return Math.ceil(tokensOf(asked));
}

function tokensOf(value: unknown): number {
  if (typeof value === "string") return value.startsWith("data:") ? 0 : value.length / CHARACTERS;
  if (typeof value === "number") return 1;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + tokensOf(inner), 0);
}

function messagePart(value: unknown): string {
  const message = fieldsOf(value);
  const legacy = message.function_call;
  const calls = listOf(message.tool_calls).map((call) =>
    functionCall(fieldsOf(fieldsOf(call).function)),
  );
  if (legacy !== undefined && legacy !== null) calls.push(functionCall(fieldsOf(legacy)));
  return part(textOf(message.role), contentOf(message.content), calls);
}

function functionCall(fields: Fields): FunctionCall {
  return { name: textOf(fields.name), arguments: textOf(fields.arguments) };
}

/** A text, or a list of parts of which some are texts. */
function contentOf(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map((piece) => {
      const { text } = fieldsOf(piece);
      return typeof text === "string" ? text : JSON.stringify(piece);
    })
    .join("");
}

function part(role: string, text: string, calls: readonly FunctionCall[]): string {
  const called = calls.map(({ name, arguments: given }) => [name, normalized(given)]);
  return JSON.stringify([role, text.trim(), called]);
}

/** JSON without what its writer is free in: spaces and the order of keys. */
function normalized(json: string): unknown {
  return sorted(parseJson(json) ?? json);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
