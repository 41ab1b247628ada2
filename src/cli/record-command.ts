/**
 * `sim record`: a proxy in front of an OpenAI-compatible server that writes a trace until Ctrl-C.
 */

import { existsSync, statSync } from "node:fs";
import { readJsonLines } from "../config/json-lines.ts";
import { checkTraceRow } from "../config/trace-row.ts";
import { UserError } from "../errors.ts";
import { CallRecorder, type RecordedCounts } from "../proxy/call-recorder.ts";
import { startProxy } from "../proxy/recording-proxy.ts";
import { TraceFile } from "../proxy/trace-file.ts";
import { printWarning } from "./print-error.ts";
import { parseCount, parseSize } from "./values.ts";

/** As commander gives them. */
export interface RecordOptions {
  readonly upstream: string;
  readonly out: string;
  readonly port: string;
  readonly host: string;
  readonly sessionHeader: string;
  readonly storeText?: boolean;
  readonly maxBody: string;
}

/** Where a trace goes on. */
interface Continuation {
  readonly firstId: number;
  /** Milliseconds. */
  readonly startTime: number;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** Headers that a trace must not hold. */
const CREDENTIALS = ["authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"];

/** Records until the process is told to end. */
export async function recordCommand(options: RecordOptions): Promise<void> {
  const { host, out } = options;
  const upstream = parseUpstream(options.upstream);
  const port = parseCount("--port", options.port, 0);
  const maxBody = parseSize("--max-body", options.maxBody);
  const sessionHeader = options.sessionHeader.toLowerCase();
  if (CREDENTIALS.includes(sessionHeader)) {
    const hint = "name another header: credentials are passed on, never written";
    throw new UserError(`--session-header: "${sessionHeader}" holds credentials`, { hint });
  }
  const continuation = continuationOf(out);
  const ended = endOfProcess();
  const file = openTrace(out);
  const append = (row: object) => {
    try {
      file.append(row);
    } catch (error) {
      ended.fail(new UserError(`cannot write ${out}: ${codeOf(error)}`));
    }
  };
  const recorder = new CallRecorder({
    ...continuation,
    append,
    storesText: options.storeText === true,
  });
  try {
    const proxy = await startProxy({
      upstream,
      host,
      port,
      maxBody,
      sessionHeader,
      recorder,
    }).catch((error: unknown) => {
      const hint = "give another --port or --host";
      throw new UserError(`cannot listen on ${host}:${port}: ${codeOf(error)}`, { hint });
    });
    if (!LOOPBACK.test(host)) {
      printWarning(`${host} is no loopback address: others can call the upstream through it`);
    }
    const verb = continuation.firstId > 1 ? "Appending" : "Recording";
    const path = upstream.pathname === "/" ? "/v1" : upstream.pathname.replace(/\/$/, "");
    const shownHost = host.includes(":") ? `[${host}]` : host;
    process.stdout.write(
      `${verb} calls of ${upstream.origin} to ${out}; Ctrl-C ends\n` +
        `Base URL for clients: http://${shownHost}:${proxy.port}${path}\n`,
    );
    try {
      await ended.promise;
    } finally {
      await proxy.close();
      process.stdout.write(formatCounts(recorder.counts));
    }
  } finally {
    file.close();
  }
}

/** Only the origin is used: paths pass as they are. */
function parseUpstream(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === "";
  if (!isPlain || url.username !== "" || url.password !== "") {
    const shown = url !== undefined && (url.username !== "" || url.password !== "") ? "…" : text;
    throw new UserError(`--upstream: "${shown}" is not valid`, {
      hint: "give a URL such as http://localhost:8000 without credentials: clients send theirs",
    });
  }
  return url;
}

/** What a trace that is there already goes on with; throws if the file is none. */
function continuationOf(path: string): Continuation {
  if (!existsSync(path) || statSync(path).size === 0) return { firstId: 1, startTime: 0 };
  let lastId = 0;
  let startTime = 0;
  const noScanner = { row: undefined, scan: () => false };
  const { rowCount, problems } = readJsonLines(path, noScanner, () => (row, index, found) => {
    if (!checkTraceRow(row, (problem) => found.add(index, problem))) return;
    const id = Number(row.request_id);
    if (Number.isSafeInteger(id)) lastId = Math.max(lastId, id);
    startTime = Math.max(startTime, row.timestamp ?? 0, row.observed?.end_ms ?? 0);
  });
  problems.throwIfAny();
  return { firstId: Math.max(lastId, rowCount) + 1, startTime };
}

function openTrace(path: string): TraceFile {
  try {
    return new TraceFile(path);
  } catch (error) {
    throw new UserError(`cannot write ${path}: ${codeOf(error)}`, {
      hint: "give a file in a folder that is there",
    });
  }
}

/** Settles once: on Ctrl-C, when asked to terminate, or on a failure. */
function endOfProcess(): { promise: Promise<void>; fail: (error: Error) => void } {
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    fail = reject;
  });
  return { promise, fail };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function formatCounts(counts: RecordedCounts): string {
  const { calls, sessions, promptTokens, cachedTokens, outputTokens } = counts;
  const { failed, cancelled, unfinished, estimated } = counts;
  return (
    `\n${calls} calls in ${sessions} sessions: ${promptTokens} prompt tokens ` +
    `(${cachedTokens} cached), ${outputTokens} output tokens\n` +
    `${failed} failed (not written), ${cancelled} cancelled by clients, ` +
    `${unfinished} cut off (not written)\n` +
    (estimated === 0 ? "" : `${estimated} calls with tokens estimated: no usage in the answer\n`)
  );
}
