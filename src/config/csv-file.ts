/**
 * Reads comma-separated files of numbers, also compressed (`.gz`). The first line names the
 * columns; nothing is quoted, and columns that nobody asks for are not looked at.
 */

import { gunzipSync } from "node:zlib";
import { type SourcePosition, UserError, UserErrors } from "../errors.ts";
import { displayPath, readInputBytes } from "./input-file.ts";

/** After this many problems of one file the rest is not looked for. */
const MAX_PROBLEMS = 10;

/** Which values a column may hold. */
export interface ColumnKind {
  readonly expected: string;
  readonly accepts: (value: number) => boolean;
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

/** The columns `kinds` of a file; throws UserErrors with the place of what is wrong. */
export function readCsvFile<Name extends string>(
  path: string,
  kinds: Readonly<Record<Name, ColumnKind>>,
): Columns<Name> {
  const file = displayPath(path);
  const lines = readText(path, file)
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const [header = "", ...rows] = lines;
  const positions = columnPositions(header, kinds, file);
  if (rows.length === 0) {
    throw new UserError("there are no rows after the names of the columns", { where: { file } });
  }
  const width = header.split(",").length;
  const problems: UserError[] = [];
  const columns = {} as Record<Name, Float64Array>;
  for (const { name } of positions) columns[name] = new Float64Array(rows.length);
  for (let row = 0; row < rows.length && problems.length < MAX_PROBLEMS; row++) {
    const fields = rows[row]!.split(",");
    const where = { file, line: row + 2 };
    if (fields.length !== width) {
      const message = `${fields.length} values, and ${width} columns in the first line`;
      problems.push(new UserError(message, { where }));
      continue;
    }
    for (const { name, position } of positions) {
      const text = fields[position]!;
      const value = text.trim() === "" ? Number.NaN : Number(text);
      columns[name][row] = value;
      if (!kinds[name].accepts(value)) {
        problems.push(
          valueProblem(name, text, kinds[name], fieldPosition(where, fields, position)),
        );
      }
    }
  }
  if (problems.length > 0) throw new UserErrors(problems);
  return columns;
}

function readText(path: string, file: string): string {
  const bytes = readInputBytes(path, "CSV file");
  if (!path.endsWith(".gz")) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch {
    throw new UserError("not a gzip file, or cut off", {
      where: { file },
      hint: "compress it again, or leave away the .gz if it is not compressed",
    });
  }
}

/** Where each column stands in a line. */
function columnPositions<Name extends string>(
  header: string,
  kinds: Readonly<Record<Name, ColumnKind>>,
  file: string,
): { name: Name; position: number }[] {
  const given = header.split(",").map((name) => name.trim());
  const asked = Object.keys(kinds) as Name[];
  const missing = asked.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    const isOne = missing.length === 1;
    const names = missing.join(", ");
    throw new UserError(isOne ? `the column ${names} is missing` : `no columns ${names}`, {
      where: { file, line: 1 },
      hint: "the first line names the columns, with a comma between two",
    });
  }
  return asked.map((name) => ({ name, position: given.indexOf(name) }));
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

/** The place of a field, in characters. */
function fieldPosition(
  line: SourcePosition,
  fields: readonly string[],
  position: number,
): SourcePosition {
  const before = fields.slice(0, position);
  return { ...line, column: 1 + before.reduce((sum, field) => sum + field.length + 1, 0) };
}
