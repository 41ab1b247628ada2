/**
 * Reads a file of JSON lines in one go, and finds the place of a value in it again where one is
 * wrong. Positions are worked out for errors only: a file may have millions of lines.
 */

import { isAscii } from "node:buffer";
import { type SourcePosition, UserError, UserErrors } from "../errors.ts";
import { displayPath, type LoadedFile, loadedFile, readInputBytes } from "./input-file.ts";

/** After this many problems of one file the rest is not looked for. */
const MAX_PROBLEMS = 10;

/** A file that was read; a row is a line that is not blank. */
export interface JsonLines {
  readonly rowCount: number;
  readonly file: LoadedFile;
  readonly problems: LineProblems;
}

/** What is wrong with a row. */
export interface LineProblem {
  /** Of the top-level value that is meant; the start of the line without it. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}

/** Takes a row, valid until it returns, and tells what is wrong with it. */
export type OnRow = (row: unknown, index: number, problems: LineProblems) => void;

/** Reads lines of a usual form faster than JSON.parse does. */
export interface LineScanner {
  /** What the last line held that `scan` could read. */
  readonly row: unknown;
  /** Whether text[start, end) is of that form. */
  scan(text: string, start: number, end: number): boolean;
}

/**
 * Reads a file row by row, with what `begin` makes for a file of at most so many; throws UserErrors
 * for lines that are wrong, or if there is none.
 */
export function readJsonLines(
  path: string,
  scanner: LineScanner,
  begin: (rowsMost: number) => OnRow,
): JsonLines {
  const bytes = readInputBytes(path, "trace");
  const text = decoded(bytes);
  const starts = new Int32Array(countLines(text));
  const onRow = begin(starts.length);
  const problems = new LineProblems(displayPath(path), text, starts);
  let rowCount = 0;
  const parseLine = (line: string) => {
    const index = rowCount - 1;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      // Blank lines are rare, and looked for only here.
      if (line.trim() === "") rowCount--;
      else problems.addSyntaxError(index, line, error);
      return;
    }
    onRow(row, index, problems);
  };
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    starts[rowCount++] = start;
    if (scanner.scan(text, start, end)) onRow(scanner.row, rowCount - 1, problems);
    else parseLine(text.slice(start, end));
    start = end + 1;
  }
  problems.throwIfAny();
  if (rowCount === 0) {
    throw new UserError("the file is empty", { where: { file: displayPath(path) } });
  }
  return { rowCount, file: loadedFile(path, bytes), problems };
}

/** The text of a file; what is ASCII, as nearly all of it is, is decoded twice as fast as such. */
function decoded(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString("latin1") : bytes.toString("utf8").replace(/^\uFEFF/, "");
}

/** Lines of a text, the one behind its last line break included. */
function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Gathers what is wrong with the rows of one file. */
export class LineProblems {
  readonly #file: string;
  readonly #text: string;
  /** By row: where its line starts in the text. */
  readonly #starts: Int32Array;
  readonly #errors: UserError[] = [];

  constructor(file: string, text: string, starts: Int32Array) {
    this.#file = file;
    this.#text = text;
    this.#starts = starts;
  }

  /** Notes a problem; throws all when there are many. */
  add(row: number, { key, message, hint }: LineProblem): void {
    const start = this.#starts[row]!;
    const newline = this.#text.indexOf("\n", start);
    const line = this.#text.slice(start, newline < 0 ? undefined : newline);
    const column = key === undefined ? line.search(/\S/) + 1 : valueColumn(line, key);
    this.#addAt(row, column, message, hint);
  }

  /** Notes that a line is not JSON, as `error` of the parser says. */
  addSyntaxError(row: number, line: string, error: unknown): void {
    const { message } = error as SyntaxError;
    const end = line.trimEnd().length;
    const place = /^Unexpected end/.test(message) ? end : /position (\d+)/.exec(message)?.[1];
    const offset = Number(place ?? 0);
    const isCut = offset >= end;
    const said = message.replace(/(?: in JSON)? at position.*$|, (?:\.\.\.)?".*$/s, "");
    const reason = isCut ? "the line ends early" : said.charAt(0).toLowerCase() + said.slice(1);
    const hint = "every line holds one JSON object, with double quotes around keys and texts";
    this.#addAt(row, offset + 1, `not valid JSON: ${reason}`, hint);
  }

  /** The line number of a row. */
  lineOf(row: number): number {
    let line = 1;
    const start = this.#starts[row]!;
    for (let at = this.#text.indexOf("\n"); at >= 0 && at < start; line++) {
      at = this.#text.indexOf("\n", at + 1);
    }
    return line;
  }

  throwIfAny(): void {
    if (this.#errors.length > 0) throw new UserErrors(this.#errors);
  }

  #addAt(row: number, column: number, message: string, hint: string | undefined): void {
    const where: SourcePosition = { file: this.#file, line: this.lineOf(row), column };
    const options = hint === undefined ? { where } : { where, hint };
    this.#errors.push(new UserError(message, options));
    if (this.#errors.length < MAX_PROBLEMS) return;
    this.#errors.push(new UserError(`${this.#file}: what follows was not checked any further`));
    this.throwIfAny();
  }
}

/** The column of the value of `key` in a line with one JSON object, of its start if it has none. */
function valueColumn(line: string, key: string): number {
  const quoted = JSON.stringify(key);
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  let depth = 0;
  for (let token = tokens.exec(line); token !== null; token = tokens.exec(line)) {
    const [text] = token;
    if (text === "{" || text === "[") depth++;
    else if (text === "}" || text === "]") depth--;
    else if (depth === 1 && text === quoted) {
      const rest = /^\s*:\s*/.exec(line.slice(tokens.lastIndex));
      if (rest !== null) return tokens.lastIndex + rest[0].length + 1;
    }
  }
  return line.search(/\S/) + 1;
}
