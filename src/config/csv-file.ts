/**
 * Reads comma-separated files, also compressed (`.gz`). The first line names the columns; nothing
 * is quoted, and columns that nobody asks for are not looked at.
 */

import { gunzipSync } from "node:zlib";
import { type SourcePosition, UserError, UserErrors, unknownName } from "../errors.ts";
import { displayPath, type LoadedFile, loadedFile, readInputBytes } from "./input-file.ts";

/** After this many problems of one file the rest is not looked for. */
const MAX_PROBLEMS = 10;

/** Which values a column may hold. */
export interface ColumnKind {
  readonly expected: string;
  readonly accepts: (value: number) => boolean;
  /** The column may be missing, and its values empty: they are NaN then. */
  readonly isOptional?: boolean;
}

/** A count of something. */
export const WHOLE_NUMBER: ColumnKind = {
  expected: "a whole number, 0 or more",
  accepts: (value) => value >= 0 && Number.isSafeInteger(value),
};

/** A time or another quantity. */
export const NOT_NEGATIVE: ColumnKind = {
  expected: "a number, 0 or more",
  accepts: (value) => value >= 0 && value < Number.POSITIVE_INFINITY,
};

/** Numbers by row, of each column asked for. */
export type Columns<Name extends string> = Readonly<Record<Name, Float64Array>>;

/** Columns of a file, and where a value stands in it. */
export interface CsvTable<Name extends string, TextName extends string> {
  readonly rowCount: number;
  readonly numbers: Columns<Name>;
  readonly texts: Readonly<Record<TextName, readonly string[]>>;
  readonly file: LoadedFile;
  /** Without a column where that is missing. */
  locate(row: number, column: Name | TextName): SourcePosition;
}

/** The columns `kinds` of a file; throws UserErrors with the place of what is wrong. */
export function readCsvFile<Name extends string>(
  path: string,
  kinds: Readonly<Record<Name, ColumnKind>>,
): Columns<Name> {
  return readCsvTable(path, kinds, []).numbers;
}

/** The names of a file's columns, whatever they are. */
export function readCsvHeader(path: string): string[] {
  return headerNames(readLines(path).lines[0]);
}

/** How strictly a file is read. */
export interface CsvOptions {
  /** Whether columns that nobody asks for are refused. */
  readonly isClosed?: boolean;
}

/** Columns of numbers and of texts, which may be empty; throws like `readCsvFile`. */
export function readCsvTable<Name extends string, TextName extends string>(
  path: string,
  kinds: Readonly<Record<Name, ColumnKind>>,
  textNames: readonly TextName[],
  { isClosed = false }: CsvOptions = {},
): CsvTable<Name, TextName> {
  const { lines, file: read } = readLines(path);
  const [header, ...rows] = lines;
  const file = displayPath(path);
  const names = Object.keys(kinds) as Name[];
  const asked = [...textNames, ...names];
  if (isClosed) refuseOthers(header, asked, file);
  const optional = new Set<string>(names.filter((name) => kinds[name].isOptional));
  const positions = columnPositions(header, { asked, optional, file });
  if (rows.length === 0) {
    throw new UserError("there are no rows after the names of the columns", { where: { file } });
  }
  const width = header.split(",").length;
  const problems: UserError[] = [];
  const numbers = {} as Record<Name, Float64Array>;
  for (const name of names) numbers[name] = new Float64Array(rows.length).fill(Number.NaN);
  const given = names.filter((name) => positions.has(name));
  const texts = {} as Record<TextName, string[]>;
  for (const name of textNames) texts[name] = [];
  const locate = (row: number, column: Name | TextName) =>
    fieldPosition({ file, line: row + 2 }, rows[row]!.split(","), positions.get(column));
  for (let row = 0; row < rows.length && problems.length < MAX_PROBLEMS; row++) {
    const fields = rows[row]!.split(",");
    if (fields.length !== width) {
      const message = `${fields.length} values, and ${width} columns in the first line`;
      problems.push(new UserError(message, { where: { file, line: row + 2 } }));
      continue;
    }
    for (const name of textNames) texts[name].push(fields[positions.get(name)!]!.trim());
    for (const name of given) {
      const text = fields[positions.get(name)!]!;
      const isEmpty = text.trim() === "";
      const value = isEmpty ? Number.NaN : Number(text);
      numbers[name][row] = value;
      if (kinds[name].accepts(value) || (isEmpty && kinds[name].isOptional)) continue;
      problems.push(valueProblem(name, text, kinds[name], locate(row, name)));
    }
  }
  if (problems.length > 0) throw new UserErrors(problems);
  return { rowCount: rows.length, numbers, texts, file: read, locate };
}

/** At least the first line, which may be empty. */
function readLines(path: string): { lines: [string, ...string[]]; file: LoadedFile } {
  const bytes = readInputBytes(path, "CSV file");
  const [header = "", ...rows] = textOf(path, bytes)
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  if (rows.at(-1) === "") rows.pop();
  return { lines: [header, ...rows], file: loadedFile(path, bytes) };
}

function headerNames(header: string): string[] {
  return header.split(",").map((name) => name.trim());
}

function textOf(path: string, bytes: Buffer): string {
  if (!path.endsWith(".gz")) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch {
    throw new UserError("not a gzip file, or cut off", {
      where: { file: displayPath(path) },
      hint: "compress it again, or leave away the .gz if it is not compressed",
    });
  }
}

/** Throws at a column that is not among those asked for. */
function refuseOthers(header: string, asked: readonly string[], file: string): void {
  const names = headerNames(header);
  const strange = names.findIndex((name) => !asked.includes(name));
  if (strange < 0) return;
  const { message, hint } = unknownName("column", names[strange]!, asked);
  const where = fieldPosition({ file, line: 1 }, header.split(","), strange);
  throw new UserError(message, { where, hint });
}

/** Where each column stands in a line, of those that are there. */
function columnPositions(
  header: string,
  columns: {
    readonly asked: readonly string[];
    readonly optional: ReadonlySet<string>;
    readonly file: string;
  },
): ReadonlyMap<string, number> {
  const { asked, optional, file } = columns;
  const given = headerNames(header);
  const found = asked.filter((name) => given.includes(name));
  const missing = asked.filter((name) => !given.includes(name) && !optional.has(name));
  if (missing.length > 0) {
    const isOne = missing.length === 1;
    const names = missing.join(", ");
    throw new UserError(isOne ? `the column ${names} is missing` : `no columns ${names}`, {
      where: { file, line: 1 },
      hint: "the first line names the columns, with a comma between two",
    });
  }
  return new Map(found.map((name) => [name, given.indexOf(name)]));
}

function valueProblem(
  name: string,
  text: string,
  { expected }: ColumnKind,
  where: SourcePosition,
): UserError {
  const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  return new UserError(`${name}: expected ${expected}, got "${shown}"`, { where });
}

/** The place of a field, in characters; of the line for one that is not there. */
function fieldPosition(
  line: SourcePosition,
  fields: readonly string[],
  position: number | undefined,
): SourcePosition {
  if (position === undefined) return line;
  const before = fields.slice(0, position);
  return { ...line, column: 1 + before.reduce((sum, field) => sum + field.length + 1, 0) };
}
