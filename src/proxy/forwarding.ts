/**
 * Passes one request on and its answer back, as bytes and without waiting for more of them than
 * have come. A recorded call's bytes are read only after they were sent on; its answer is asked for
 * without compression, so that it can be read. Headers that concern a connection (RFC 9110, section
 * 7.6.1) end here, all others pass.
 */

import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { CallRecorder } from "./call-recorder.ts";
import { endpointOf } from "./endpoints.ts";
import { TappedCall } from "./tapped-call.ts";

/** Where requests go and what is kept of them. */
export interface ForwardingOptions {
  readonly upstream: URL;
  /** Bytes of a request's body. */
  readonly maxBody: number;
  /** In lower case. */
  readonly sessionHeader: string;
  readonly recorder: CallRecorder;
}

/** Forwards a request to its end. */
export type Forward = (request: IncomingMessage, response: ServerResponse) => void;

const OF_THE_CONNECTION = [
  "connection",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Milliseconds after which an idle connection is closed: before servers do, many after 5 s. */
const IDLE_TIME = 4000;

/** Makes what handles the requests of a proxy; connections to the upstream are kept open. */
export function createForward(options: ForwardingOptions): { forward: Forward; close(): void } {
  const { upstream, maxBody, sessionHeader, recorder } = options;
  const { Agent, request: send } = upstream.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true, timeout: IDLE_TIME });
  const forward: Forward = (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const endpoint = endpointOf(method, url);
    const session = request.headersDistinct[sessionHeader]?.[0] || undefined;
    const call = endpoint === undefined ? undefined : new TappedCall(recorder, endpoint, session);
    const refuse = () => {
      call?.fail();
      if (response.headersSent) return;
      response.setHeader("connection", "close");
      answerError(response, 413, `the request is longer than ${maxBody} bytes`);
    };
    if (Number(headers["content-length"]) > maxBody) {
      refuse();
      return;
    }
    const outgoing = send({
      agent,
      method,
      hostname: upstream.hostname.replace(/^\[|\]$/g, ""),
      port: upstream.port,
      path: url,
      headers: {
        ...endToEnd(request),
        host: upstream.host,
        ...(call === undefined ? {} : { "accept-encoding": "identity" }),
      },
    });
    outgoing.on("response", (incoming) => passBack(incoming, response, call));
    outgoing.on("error", ({ code }: NodeJS.ErrnoException) => {
      call?.fail();
      if (response.destroyed || response.headersSent) return;
      answerError(response, 502, `no answer from the upstream server (${code ?? "error"})`);
    });
    response.on("close", () => {
      if (response.writableFinished) return;
      call?.cancel();
      outgoing.destroy();
    });
    request.pipe(outgoing);
    let size = 0;
    request.on("data", (bytes: Buffer) => {
      size += bytes.length;
      if (size <= maxBody) {
        call?.requestBytes(bytes);
        return;
      }
      refuse();
      request.unpipe(outgoing);
      outgoing.destroy();
    });
    request.on("end", () => call?.requestEnd());
  };
  return { forward, close: () => agent.destroy() };
}

function passBack(
  incoming: IncomingMessage,
  response: ServerResponse,
  call: TappedCall | undefined,
): void {
  const { statusCode = 502, statusMessage = "", headers } = incoming;
  const type = headers["content-type"] ?? "";
  response.sendDate = false;
  response.writeHead(statusCode, statusMessage, endToEnd(incoming));
  // A body of one piece goes with its headers; the events of a stream may be long in coming.
  if (isEventStream(type)) response.flushHeaders();
  call?.answerStart(statusCode, isEventStream(type));
  incoming.pipe(response);
  // What is piped goes out at the next tick, before it is read here.
  incoming.on("data", (bytes: Buffer) => process.nextTick(() => call?.answerBytes(bytes)));
  incoming.on("end", () => process.nextTick(() => call?.answerEnd()));
  incoming.on("error", () => response.destroy());
  incoming.on("close", () => {
    if (incoming.complete) return;
    call?.fail();
    response.destroy();
  });
}

function isEventStream(contentType: string): boolean {
  return contentType.startsWith("text/event-stream");
}

/** The headers of a message that are not about its connection. */
function endToEnd({ headersDistinct }: IncomingMessage): Record<string, string[]> {
  const named = (headersDistinct.connection ?? [])
    .join(",")
    .toLowerCase()
    .split(/[\s,]+/);
  const headers: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(headersDistinct)) {
    if (values === undefined || OF_THE_CONNECTION.includes(name) || named.includes(name)) continue;
    headers[name] = values;
  }
  return headers;
}

/** An error in the form that clients of OpenAI know. */
function answerError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message, type: "proxy_error", code: status } }));
}
