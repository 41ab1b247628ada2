/**
 * Empirical distributions whose values are a column of a CSV file, named in a workflow:
 *
 *   output: { empirical: { file: lengths.csv, column: output_tokens } }
 *   latency: { empirical: { file: tools.csv, column: elapsed, unit: ms, weight_column: count } }
 *
 * The columns are put in the file's place before the workflow is checked, so that all that follows
 * knows inline values only. Paths start from the workflow's folder.
 */

import { resolve } from "node:path";
import { UserError, UserErrors } from "../errors.ts";
import { NOT_NEGATIVE, readCsvTable } from "./csv-file.ts";
import { type ColumnOfFile, columnSchema, timeColumnSchema } from "./distribution-schema.ts";
import type { LoadedFile } from "./input-file.ts";
import type { Path, Problem } from "./schema-problems.ts";
import type { Expansion } from "./yaml-file.ts";

/** Puts the values of CSV files into a raw workflow in `folder`, whatever its shape. */
export function readColumns(raw: unknown, folder: string): Expansion {
  const files = new Map<string, LoadedFile>();
  const problems: Problem[] = [];
  const errors: UserError[] = [];
  const read = (column: ColumnOfFile, path: Path): unknown => {
    try {
      const { file, ...values } = valuesOf(column, folder);
      files.set(file.path, file);
      return values;
    } catch (error) {
      if (error instanceof UserErrors) errors.push(...error.errors);
      else if (!(error instanceof UserError)) throw error;
      else if (error.where !== undefined) errors.push(error);
      else problems.push({ path, target: "value", message: error.message });
      return column;
    }
  };
  const expanded = expand(raw, { path: [], isTime: false }, read);
  return { raw: expanded, files: [...files.values()], problems, errors };
}

/** Where a value stands, and whether it is part of a latency. */
interface Place {
  readonly path: Path;
  readonly isTime: boolean;
}

function expand(
  value: unknown,
  { path, isTime }: Place,
  read: (column: ColumnOfFile, path: Path) => unknown,
): unknown {
  if (Array.isArray(value)) {
    return value.map((each, index) => expand(each, { path: [...path, index], isTime }, read));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const at = [...path, key];
      const schema = isTime ? timeColumnSchema : columnSchema;
      const column = key === "empirical" ? schema.safeParse(inner) : undefined;
      if (column?.success) return [key, read(column.data, at)];
      // Steps inside a map that happens to be called latency are no part of one.
      const isInner = (isTime && key !== "steps") || key === "latency";
      return [key, expand(inner, { path: at, isTime: isInner }, read)];
    }),
  );
}

/** Values, as they would stand inline, and weights; rows of no weight are left out. */
function valuesOf(
  { file: name, column, weight_column: weights, unit }: ColumnOfFile,
  folder: string,
) {
  const kinds = {
    [column]: NOT_NEGATIVE,
    ...(weights === undefined ? {} : { [weights]: NOT_NEGATIVE }),
  };
  const { numbers, file, locate } = readCsvTable(resolve(folder, name), kinds, []);
  const inline = (value: number) => (unit === undefined ? value : `${value} ${unit}`);
  const all = Array.from(numbers[column]!);
  if (weights === undefined) return { file, values: all.map(inline) };
  const given = numbers[weights]!;
  const used = all.filter((_, row) => given[row]! > 0);
  if (used.length === 0) {
    throw new UserError(`${weights}: no weight is above 0`, { where: locate(0, weights) });
  }
  return { file, values: used.map(inline), weights: [...given.filter((weight) => weight > 0)] };
}
