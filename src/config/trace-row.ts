/**
 * One line of a trace: an LLM call, or a tool's. The fields are a superset of NVIDIA Dynamo's
 * agentic Mooncake rows. A schema library is too slow for files of millions of lines, so they are
 * checked by hand; unknown fields are let pass, and null is an absent value.
 */

import type { LineProblem } from "./json-lines.ts";

/** What calls and tools have. Times are in milliseconds, lengths in tokens. */
interface RowBase {
  /** One workflow execution. */
  readonly session_id: string | number;
  readonly request_id: string | number;
  readonly workflow?: string | null;
  /** Arrival of a call that waits for none. */
  readonly timestamp?: number | null;
  /** Calls of the session that must end first. */
  readonly wait_for?: readonly (string | number)[] | null;
  /** Both pass, one after the other, once the last of them has ended. */
  readonly tool_wait_ms?: number | null;
  readonly delay?: number | null;
  readonly observed?: ObservedRow | null;
}

/** A checked line of a tool: a delay that others may wait for. */
export interface ToolRow extends RowBase {
  readonly tool: string;
  readonly duration_ms: number;
}

/** A checked line of a call. */
export interface TraceRow extends RowBase {
  readonly role?: string | null;
  readonly model: string;
  readonly input_length: number;
  readonly output_length: number;
  readonly priority?: number | null;
  readonly hash_ids?: unknown;
  /** Starts with the same `prefix_tokens` tokens as another call's prompt and output. */
  readonly prefix_of?: string | number | null;
  readonly prefix_tokens?: number | null;
  /** Its place in a conversation, where the trace was written by a simulation. */
  readonly context?: ContextRow | null;
  /** After its submission: when its client gave it up. */
  readonly cancelled_ms?: number | null;
}

/** Conversations by number, -1 for none: what a call continues, and what that started from. */
export interface ContextRow {
  readonly conversation: number;
  /** Leading tokens of prompt and output that later calls repeat. */
  readonly retain_tokens: number;
  readonly origin?: OriginRow | null;
}

/** The first tokens of another conversation. */
export interface OriginRow {
  readonly conversation: number;
  readonly tokens: number;
  readonly origin?: OriginRow | null;
}

/** What a measured run saw of the call. */
export interface ObservedRow {
  readonly submit_ms: number;
  readonly first_token_ms: number;
  readonly end_ms: number;
}

/** The longest call that the tables can hold. */
const MAX_TOKENS = 2 ** 31 - 1;

const ID_HINT = "expected a text that is not empty, or a number";
const TOKENS_HINT = "expected a whole number of tokens, 0 or more";
const TIME_HINT = "expected milliseconds, 0 or more";

/** Whether `row` is a call or a tool; what is wrong goes to `report`. */
export function checkTraceRow(
  row: unknown,
  report: (problem: LineProblem) => void,
): row is TraceRow | ToolRow {
  if (!isObject(row)) {
    report({ message: "not a call", hint: 'expected an object such as {"session_id": …}' });
    return false;
  }
  let isRight = true;
  const wrong = (key: string, hint: string) => {
    isRight = false;
    const value = row[key];
    const message = isAbsent(value) ? `${key} is missing` : `${key}: ${shown(value)} is not valid`;
    report({ key, message, hint });
  };
  if (!isId(row.session_id)) wrong("session_id", ID_HINT);
  if (!isId(row.request_id)) wrong("request_id", ID_HINT);
  if (isAbsent(row.tool)) checkCall(row, wrong);
  else {
    if (!isText(row.tool)) wrong("tool", "expected the name of a tool");
    if (!isTime(row.duration_ms)) wrong("duration_ms", TIME_HINT);
  }
  if (!isAbsent(row.timestamp) && !isTime(row.timestamp)) wrong("timestamp", TIME_HINT);
  if (!isAbsent(row.tool_wait_ms) && !isTime(row.tool_wait_ms)) wrong("tool_wait_ms", TIME_HINT);
  if (!isAbsent(row.delay) && !isTime(row.delay)) wrong("delay", TIME_HINT);
  if (!isAbsent(row.wait_for) && !isIds(row.wait_for)) {
    wrong("wait_for", "expected a list of request ids");
  }
  if (!isAbsent(row.workflow) && typeof row.workflow !== "string") {
    wrong("workflow", "expected a text");
  }
  if (!isAbsent(row.observed) && !isObserved(row.observed)) {
    wrong("observed", 'expected {"submit_ms", "first_token_ms", "end_ms"}, in this order in time');
  }
  return isRight;
}

type Wrong = (key: string, hint: string) => void;

/** The fields that only calls have. */
function checkCall(row: Readonly<Record<string, unknown>>, wrong: Wrong): void {
  if (!isText(row.model)) wrong("model", "expected the name of an LLM of the plan");
  if (!isTokens(row.input_length)) wrong("input_length", TOKENS_HINT);
  if (!isTokens(row.output_length)) wrong("output_length", TOKENS_HINT);
  if (!isAbsent(row.role) && typeof row.role !== "string") wrong("role", "expected a text");
  if (!isAbsent(row.priority) && !Number.isInteger(row.priority)) {
    wrong("priority", "expected a whole number");
  }
  if (!isAbsent(row.cancelled_ms) && !isTime(row.cancelled_ms)) wrong("cancelled_ms", TIME_HINT);
  if (!isAbsent(row.prefix_of) || !isAbsent(row.prefix_tokens)) checkPrefix(row, wrong);
  if (isAbsent(row.context)) return;
  if (!isContext(row.context)) {
    wrong("context", 'expected {"conversation", "retain_tokens"} and perhaps "origin"');
  } else if (!isAbsent(row.prefix_of)) {
    wrong("context", "expected no prefix_of beside it: both say what a call shares");
  }
}

/** The two fields only mean something together, and a call has no more to share than itself. */
function checkPrefix(row: Readonly<Record<string, unknown>>, wrong: Wrong): void {
  const { prefix_of, prefix_tokens, input_length } = row;
  if (!isId(prefix_of)) wrong("prefix_of", "expected the request id of the call it starts like");
  if (!isTokens(prefix_tokens)) wrong("prefix_tokens", TOKENS_HINT);
  else if (isTokens(input_length) && prefix_tokens > input_length) {
    wrong("prefix_tokens", `expected at most its input_length, ${input_length}`);
  }
}

/** Whether a field is not given; null is what some writers put for that. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isId(value: unknown): value is string | number {
  return isText(value) || typeof value === "number";
}

function isIds(value: unknown): boolean {
  return Array.isArray(value) && value.every(isId);
}

function isTokens(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_TOKENS && Number.isInteger(value);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function isContext(value: unknown): value is ContextRow {
  if (!isObject(value) || !isTokens(value.retain_tokens)) return false;
  return isConversation(value.conversation) && (isAbsent(value.origin) || isOrigin(value.origin));
}

function isOrigin(value: unknown): value is OriginRow {
  if (!isObject(value) || !isTokens(value.tokens)) return false;
  return isConversation(value.conversation) && (isAbsent(value.origin) || isOrigin(value.origin));
}

function isConversation(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= -1;
}

function isObserved(value: unknown): value is ObservedRow {
  if (!isObject(value)) return false;
  const { submit_ms: submit, first_token_ms: firstToken, end_ms: end } = value;
  const areTimes = isTime(submit) && isTime(firstToken) && isTime(end);
  return areTimes && submit <= firstToken && firstToken <= end;
}

/** A wrong value as the message shows it. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
