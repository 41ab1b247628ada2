/** A server that speaks OpenAI's protocol as far as tests need, with the proxy in front of it. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { CallRecorder } from "../../../src/proxy/call-recorder.ts";
import { startProxy } from "../../../src/proxy/recording-proxy.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A row as tests look at it. */
export type Row = Readonly<Record<string, unknown>> & {
  readonly observed: { submit_ms: number; first_token_ms: number; end_ms: number };
};

/** Answers a request whose body was read. */
export type Answer = (body: string, response: ServerResponse, request: IncomingMessage) => void;

/** Starts both; `rows` grows. */
export async function recorded(answer: Answer, { maxBody = 1e6, storesText = false } = {}) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    answer(Buffer.concat(chunks).toString(), response, request);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const direct = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rows: Row[] = [];
  const append = (row: object) => rows.push(JSON.parse(JSON.stringify(row)));
  const recorder = new CallRecorder({ append, storesText, firstId: 1, startTime: 0 });
  const upstream = new URL(direct);
  const sessionHeader = "x-session-id";
  const options = { upstream, host: "127.0.0.1", port: 0, maxBody, sessionHeader, recorder };
  const proxy = await startProxy(options);
  const stopUpstream = () =>
    new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  closing.push(stopUpstream, () => proxy.close());
  return { url: `http://127.0.0.1:${proxy.port}`, direct, rows, recorder, stopUpstream };
}

/** Posts JSON. */
export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", ...init.headers };
  return fetch(url, { ...init, method: "POST", headers, body: JSON.stringify(body) });
}

/** A chat completion in one piece. */
export function completion(content: string, prompt: number, output: number): string {
  return JSON.stringify({
    model: "small",
    choices: [{ index: 0, message: { role: "assistant", content } }],
    usage: { prompt_tokens: prompt, completion_tokens: output },
  });
}

/** Lines of a stream of chat chunks, the last with usage. */
export function chatEvents(words: readonly string[], usage?: object): string[] {
  const chunk = (fields: object) => `data: ${JSON.stringify({ model: "small", ...fields })}\n\n`;
  return [
    ...words.map((content) => chunk({ choices: [{ index: 0, delta: { content } }] })),
    ...(usage === undefined ? [] : [chunk({ choices: [], usage })]),
    "data: [DONE]\n\n",
  ];
}
