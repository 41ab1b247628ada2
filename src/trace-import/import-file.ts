/**
 * Reads a foreign trace, plain or gzipped, and writes it as ours: line by line, in chunks, under a
 * temporary name until it is whole. A line that is wrong ends the import with its number, or is
 * counted and left out.
 */

import { closeSync, createReadStream, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { createGunzip } from "node:zlib";
import { type SourcePosition, UserError, unknownName } from "../errors.ts";
import { detectFormat } from "./detect-format.ts";
import { FORMATS } from "./formats.ts";
import {
  BadRecord,
  type ImportedCall,
  type ImportFormat,
  type ImportOptions,
} from "./import-format.ts";

/** Characters that are gathered before they are written. */
const BUFFERED = 1 << 20;

/** An import asked for. */
export interface ImportRequest extends ImportOptions {
  readonly file: string;
  /** Name of the format; by default found out. */
  readonly format?: string;
  readonly out: string;
  readonly skipBad: boolean;
  /** Told of every call that is written. */
  readonly onCall?: (call: ImportedCall) => void;
}

/** What was imported. */
export interface ImportCounts {
  readonly format: string;
  readonly sessions: number;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly bad: number;
  /** What was inferred or left out, and how often. */
  readonly notes: ReadonlyMap<string, number>;
}

/** Imports a file; throws UserErrors, after which nothing is left of `out`. */
export async function importFile(request: ImportRequest): Promise<ImportCounts> {
  const { out } = request;
  const temporary = `${out}.partial-${process.pid}`;
  const file = attempt(out, () => openSync(temporary, "w"));
  let isWhole = false;
  try {
    const counts = await convert(request, (text) => attempt(out, () => writeSync(file, text)));
    isWhole = true;
    return counts;
  } finally {
    closeSync(file);
    if (isWhole) attempt(out, () => renameSync(temporary, out));
    else rmSync(temporary, { force: true });
  }
}

async function convert(
  request: ImportRequest,
  write: (text: string) => void,
): Promise<ImportCounts> {
  const { file, onCall } = request;
  const sessions = new Set<string>();
  let alone = 0;
  const notes = new Map<string, number>();
  const totals = { calls: 0, inputTokens: 0, outputTokens: 0, bad: 0 };
  let buffer = "";
  const sink = {
    write: (call: ImportedCall) => {
      // A call that is a session by itself is not remembered: there may be millions.
      if (call.session_id === call.request_id) alone++;
      else sessions.add(call.session_id);
      totals.calls++;
      totals.inputTokens += call.input_length;
      totals.outputTokens += call.output_length;
      onCall?.(call);
      buffer += `${JSON.stringify(call)}\n`;
      if (buffer.length < BUFFERED) return;
      write(buffer);
      buffer = "";
    },
    note: (what: string, count = 1) => notes.set(what, (notes.get(what) ?? 0) + count),
  };
  let format: ImportFormat | undefined;
  let reader: ReturnType<ImportFormat["open"]> | undefined;
  let line = 0;
  let firstBad: UserError | undefined;
  const guarded = (read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      const where = { file, line };
      if (!request.skipBad) {
        throw badRecord(error, where, "mend it, or leave such lines out with --skip-bad");
      }
      firstBad ??= badRecord(error, where, formatQuestion(format));
      totals.bad++;
    }
  };
  await forEachPart(
    file,
    (text) => {
      format ??= formatOf(request, text);
      reader ??= format.open(sink, request);
      return format.unit;
    },
    (text) => {
      line++;
      if (text.trim() !== "") guarded(() => reader!.read(text));
    },
  );
  guarded(() => reader?.end());
  if (totals.calls === 0) {
    if (firstBad !== undefined) throw firstBad;
    throw new UserError("no call was found", { where: { file }, hint: formatQuestion(format) });
  }
  write(buffer);
  return { format: format!.name, sessions: alone + sessions.size, ...totals, notes };
}

/**
 * Hands on the lines of a file, or all of it at once where `unitOf`, told of its beginning, says
 * that it is one document.
 */
async function forEachPart(
  file: string,
  unitOf: (beginning: string) => ImportFormat["unit"],
  onPart: (text: string) => void,
): Promise<void> {
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const stream = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  source.on("error", (error) => stream.destroy(error));
  const decoder = new StringDecoder("utf8");
  let unit: ImportFormat["unit"] | undefined;
  let rest = "";
  try {
    for await (const chunk of stream) {
      rest += decoder.write(chunk as Buffer);
      unit ??= unitOf(rest.replace(/^\uFEFF/, ""));
      if (unit === "document") continue;
      let start = 0;
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", start)) {
        onPart(rest.slice(start, end));
        start = end + 1;
      }
      rest = rest.slice(start);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UserError(`${file} cannot be read: ${error.message}`, { hint: "check the path" });
  }
  rest += decoder.end();
  if (rest !== "") onPart(rest);
}

function formatOf({ format: name, file }: ImportRequest, beginning: string): ImportFormat {
  if (name === undefined) {
    const found = detectFormat(beginning);
    if (found !== undefined) return found;
    throw new UserError("the format of the file is not known", {
      where: { file },
      hint: `say which it is: --format ${names()}`,
    });
  }
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  throw unknownName(
    "format",
    name,
    FORMATS.map((candidate) => candidate.name),
  );
}

function formatQuestion(format: ImportFormat | undefined): string {
  return `is it of the format ${format?.name ?? "given"}? --format takes ${names()}`;
}

function names(): string {
  return FORMATS.map(({ name }) => name).join(", ");
}

function badRecord({ message, hint }: BadRecord, where: SourcePosition, advice: string): UserError {
  return new UserError(message, { where: { ...where, column: 1 }, hint: hint ?? advice });
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`the trace ${path} cannot be written: ${reason}`, {
      hint: "choose another --out",
    });
  }
}
