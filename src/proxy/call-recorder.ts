/**
 * Recorded calls: which session each belongs to, what it waited for, and its row of the trace (the
 * format of `config/trace-row.ts`, times in milliseconds from the start of the recording). Prompt
 * tokens include cached ones, as OpenAI counts them. A call that failed is counted, not written:
 * clients try again, and their next call has the same predecessors.
 */

import { performance } from "node:perf_hooks";
import type { AnswerReader } from "./answer-reader.ts";
import { Conversations, type OpenContext } from "./conversations.ts";
import type { Endpoint } from "./endpoints.ts";
import { type Fields, fieldsOf, parseJson, textOf } from "./json-fields.ts";
import { contextOf, estimatedTokens } from "./messages.ts";
import { Session, type SessionCall } from "./sessions.ts";

/** What a recorder is given. */
export interface RecorderOptions {
  /** Takes a row of the trace. */
  readonly append: (row: object) => void;
  /** Whether rows hold what was asked and answered. */
  readonly storesText: boolean;
  /** Number of the first call, where a trace goes on. */
  readonly firstId: number;
  /** Milliseconds at which the recording starts, likewise. */
  readonly startTime: number;
}

/** What a recording has seen. */
export interface RecordedCounts {
  /** Written, the cancelled among them. */
  calls: number;
  sessions: number;
  promptTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** Written with tokens that the server did not count. */
  estimated: number;
  cancelled: number;
  failed: number;
  /** Cut off by the end of the recording, or by their client before they were sent. */
  unfinished: number;
}

/** A call under way, or one that ended. */
export interface RecordedCall extends SessionCall {
  readonly session: Session;
  readonly context: OpenContext<RecordedCall> | undefined;
  /** Released as the call ends. */
  body: Fields | undefined;
  firstToken?: number;
  /** Prompt and output. */
  tokens?: number;
}

/** Turns calls into rows. */
export class CallRecorder {
  readonly counts: RecordedCounts = {
    calls: 0,
    sessions: 0,
    promptTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    estimated: 0,
    cancelled: 0,
    failed: 0,
    unfinished: 0,
  };
  /** Set as the recording ends: what is cut off from then on was not cancelled by its client. */
  isStopped = false;

  readonly #options: RecorderOptions;
  readonly #start = performance.now();
  readonly #conversations = new Conversations<RecordedCall>();
  /** By the name that clients give. */
  readonly #named = new Map<string, Session>();
  #nextId: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#nextId = options.firstId;
  }

  /** Milliseconds on the trace's clock, to a microsecond. */
  now(): number {
    return rounded(this.#options.startTime + performance.now() - this.#start);
  }

  /** A request has arrived in full. */
  submit(endpoint: Endpoint, bytes: Buffer, sessionName: string | undefined): RecordedCall {
    const submit = this.now();
    const body = fieldsOf(parseJson(bytes.toString("utf8")));
    const context = contextOf(endpoint, body);
    const opened = context === undefined ? undefined : this.#conversations.open(context);
    const id = String(this.#nextId++);
    const session = this.#session(id, sessionName, opened?.extended);
    const { waitsFor } = session;
    return { id, session, submit, waitsFor, context: opened, body };
  }

  /** The answer is complete. */
  complete(call: RecordedCall, answer: AnswerReader): void {
    const row = this.#end(call, answer);
    const { context } = call;
    if (context !== undefined) {
      const { responseId } = answer;
      for (const parts of answer.answers) {
        this.#conversations.close(call, context, parts);
        if (responseId !== "") this.#conversations.name(responseId, call, context, parts);
      }
    }
    this.#write(call, row);
  }

  /** The client has gone before the answer was complete. */
  cancel(call: RecordedCall, answer: AnswerReader): void {
    this.counts.cancelled++;
    const row = this.#end(call, answer);
    this.#write(call, { ...row, cancelled_ms: rounded(call.end! - call.submit) });
  }

  #session(id: string, name: string | undefined, extended: RecordedCall | undefined): Session {
    const known = name === undefined ? extended?.session : this.#named.get(name);
    if (known !== undefined) return known;
    const session = new Session(name ?? `conversation-${id}`);
    if (name !== undefined) this.#named.set(name, session);
    return session;
  }

  /** The row of a call that ends now. */
  #end(call: RecordedCall, answer: AnswerReader): object {
    const end = this.now();
    call.end = end;
    const { id, session, submit, waitsFor, context, firstToken = end } = call;
    const { usage } = answer;
    const asked = askedIn(call.body!);
    const input = usage?.prompt ?? estimatedTokens(asked);
    const output = usage?.output ?? answer.chunkCount;
    call.tokens = input + output;
    this.counts.promptTokens += input;
    this.counts.cachedTokens += usage?.cached ?? 0;
    this.counts.outputTokens += output;
    if (usage === undefined) this.counts.estimated++;
    const extended = context?.extended;
    return {
      session_id: session.id,
      request_id: id,
      model: textOf(call.body!.model) || answer.model || "unknown",
      input_length: input,
      output_length: output,
      ...(waitsFor.length === 0 ? { timestamp: submit } : waits(submit, waitsFor)),
      ...(extended === undefined ? {} : shares(extended, input)),
      ...(usage === undefined ? { tokens_estimated: true } : {}),
      observed: {
        submit_ms: submit,
        first_token_ms: firstToken,
        end_ms: end,
        cached_tokens: usage?.cached,
      },
      ...(this.#options.storesText ? { asked, answered: answer.said } : {}),
    };
  }

  #write(call: RecordedCall, row: object): void {
    this.counts.calls++;
    if (call.session.isEmpty) this.counts.sessions++;
    call.session.add(call);
    call.body = undefined;
    this.#options.append(row);
  }
}

function waits(submit: number, waitsFor: readonly SessionCall[]): object {
  const lastEnd = waitsFor.reduce((last, { end }) => Math.max(last, end!), 0);
  return { wait_for: waitsFor.map(({ id }) => id), delay: rounded(submit - lastEnd) };
}

/** A request repeats the prompt and answer that it goes on from, or a shortened form of them. */
function shares({ id, tokens }: RecordedCall, input: number): object {
  return { prefix_of: id, prefix_tokens: Math.min(tokens!, input) };
}

/** The part of a request that an LLM reads. */
function askedIn({ messages, prompt, input, instructions, tools }: Fields): Fields {
  return { messages, prompt, input, instructions, tools };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
