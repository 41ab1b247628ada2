/**
 * Serves the viewer's page and parts of the tables on a loopback address. The files of the page are
 * read before the first request and tables are asked for by number, so no request reaches the file
 * system. Requests for another host are refused: a page elsewhere could have its name point here.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PageFile } from "./page-files.ts";
import { answerQuestion } from "./questions.ts";
import type { ServedRun } from "./served-run.ts";

const ADDRESS = "127.0.0.1";

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
} as const;

/** What is served. */
export interface ServedContent {
  readonly runs: readonly ServedRun[];
  /** By path, such as `/`. */
  readonly pageFiles: ReadonlyMap<string, PageFile>;
}

/** A server that listens. */
export interface ViewServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens on `port`, or on a free one for 0; fails as Node does where it cannot. */
export async function startViewServer(content: ServedContent, port: number): Promise<ViewServer> {
  const server = createServer((request, response) => respond(content, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, ADDRESS, resolve);
  });
  return {
    url: `http://${ADDRESS}:${portOf(server)}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function respond(content: ServedContent, request: IncomingMessage, response: ServerResponse): void {
  const send = (status: number, type: string, body: Uint8Array | string) => {
    response.writeHead(status, { ...HEADERS, "Content-Type": type });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const port = request.socket.localPort;
  const hosts = [ADDRESS, "localhost"].map((name) => `${name}:${port}`);
  if (!hosts.includes(request.headers.host ?? "")) {
    send(403, "text/plain", "this viewer answers on its own address only\n");
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    send(405, "text/plain", "this viewer only answers GET\n");
    return;
  }
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const file = content.pageFiles.get(path);
  if (file !== undefined) {
    send(200, file.type, file.bytes);
  } else if (path.startsWith("/api/")) {
    const answer = answerQuestion(content.runs, path.slice("/api".length), query);
    send(answer.status, answer.type, answer.body);
  } else {
    send(404, "text/plain", "not found\n");
  }
}
