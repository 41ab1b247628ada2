/**
 * Reads an answer as its bytes pass: tokens as the server counts them, when the first one came, and
 * what was said, so that later requests can be told to go on from it. Without a count by the server
 * (a stream whose client did not ask for one) each chunk with content is taken for a token.
 */

import type { Endpoint } from "./endpoints.ts";
import { EventStream } from "./event-stream.ts";
import { countOf, type Fields, fieldsOf, listOf, parseJson, textOf } from "./json-fields.ts";
import { answerPart, itemParts } from "./messages.ts";

/** Tokens as the server counts them: prompt tokens with the cached ones among them. */
export interface Usage {
  readonly prompt: number;
  readonly cached: number | undefined;
  readonly output: number;
}

/** One of the answers to a request. */
interface Choice {
  text: string;
  readonly calls: { name: string; arguments: string }[];
}

/** Collects one answer. */
export class AnswerReader {
  /** Whether its last event has come, or its body was read to the end. */
  isDone = false;
  /** Whether the server says within the answer that it failed. */
  hasFailed = false;
  usage: Usage | undefined;
  /** Events with content. */
  chunkCount = 0;
  model = "";
  responseId = "";

  readonly #endpoint: Endpoint;
  readonly #events: EventStream | undefined;
  readonly #body: Buffer[] = [];
  readonly #choices: Choice[] = [];
  /** Items of the Responses API. */
  #items: readonly unknown[] = [];

  constructor(endpoint: Endpoint, isStream: boolean) {
    this.#endpoint = endpoint;
    this.#events = isStream ? new EventStream((data) => this.#event(data)) : undefined;
  }

  read(bytes: Buffer): void {
    if (this.#events === undefined) this.#body.push(bytes);
    else this.#events.write(bytes);
  }

  /** The body has ended. */
  end(): void {
    if (this.#events !== undefined) this.#events.end();
    else this.#whole(fieldsOf(parseJson(Buffer.concat(this.#body).toString("utf8"))));
    this.isDone = true;
  }

  /** What was said, once for each of several answers. */
  get answers(): readonly (readonly string[])[] {
    if (this.#endpoint === "responses") return [itemParts(this.#items)];
    const isText = this.#endpoint === "completions";
    return this.#given.map(({ text, calls }) => [isText ? text : answerPart(text, calls)]);
  }

  /** What was said, to be stored. */
  get said(): unknown {
    return this.#endpoint === "responses" ? this.#items : this.#given;
  }

  /** A server may number its choices with gaps. */
  get #given(): readonly Choice[] {
    return Object.values(this.#choices);
  }

  #event(data: string): void {
    if (data === "[DONE]") {
      this.isDone = true;
      return;
    }
    const event = fieldsOf(parseJson(data));
    if (isFailure(event)) this.hasFailed = true;
    if (this.#endpoint === "responses") this.#responseEvent(event);
    else this.#chunk(event);
  }

  #responseEvent(event: Fields): void {
    const type = textOf(event.type);
    if (type.endsWith(".delta")) this.chunkCount++;
    if (type === "response.completed" || type === "response.incomplete") {
      this.#whole(fieldsOf(event.response));
      this.isDone = true;
    }
  }

  /** A chunk of a stream of chat or text completions. */
  #chunk(chunk: Fields): void {
    this.#header(chunk);
    for (const value of listOf(chunk.choices)) {
      const given = fieldsOf(value);
      const choice = this.#choice(countOf(given.index) ?? 0);
      const delta = fieldsOf(given.delta);
      const text = textOf(delta.content) || textOf(given.text);
      const reasoning = textOf(delta.reasoning_content) || textOf(delta.reasoning);
      const calls = listOf(delta.tool_calls);
      choice.text += text;
      for (const call of calls) addToCall(choice, fieldsOf(call));
      if (text !== "" || reasoning !== "" || calls.length > 0) this.chunkCount++;
    }
  }

  /** An answer in one piece. */
  #whole(body: Fields): void {
    this.#header(body);
    if (isFailure(body)) this.hasFailed = true;
    this.responseId = textOf(body.id);
    this.#items = listOf(body.output);
    for (const [index, value] of listOf(body.choices).entries()) {
      const given = fieldsOf(value);
      const message = fieldsOf(given.message);
      const choice = this.#choice(index);
      choice.text = textOf(message.content) || textOf(given.text);
      for (const call of listOf(message.tool_calls)) {
        const { name, arguments: json } = fieldsOf(fieldsOf(call).function);
        choice.calls.push({ name: textOf(name), arguments: textOf(json) });
      }
    }
  }

  #header(body: Fields): void {
    this.model = textOf(body.model) || this.model;
    this.usage = usageOf(fieldsOf(body.usage)) ?? this.usage;
  }

  #choice(index: number): Choice {
    this.#choices[index] ??= { text: "", calls: [] };
    return this.#choices[index];
  }
}

/** Names and arguments of calls come in pieces, by position. */
function addToCall({ calls }: Choice, piece: Fields): void {
  const { name, arguments: json } = fieldsOf(piece.function);
  const index = countOf(piece.index) ?? Math.max(0, calls.length - 1);
  calls[index] ??= { name: "", arguments: "" };
  calls[index].name += textOf(name);
  calls[index].arguments += textOf(json);
}

/** The Responses API has words of its own for the same counts. */
function usageOf(usage: Fields): Usage | undefined {
  const prompt = countOf(usage.prompt_tokens) ?? countOf(usage.input_tokens);
  if (prompt === undefined) return undefined;
  const output = countOf(usage.completion_tokens) ?? countOf(usage.output_tokens) ?? 0;
  const details = fieldsOf(usage.prompt_tokens_details ?? usage.input_tokens_details);
  return { prompt, output, cached: countOf(details.cached_tokens) };
}

/** Servers that fail after the status was sent say so in the body. */
function isFailure({ error, type }: Fields): boolean {
  return (error !== undefined && error !== null) || type === "response.failed" || type === "error";
}
