/**
 * The table behind a figure, as one Arrow file that is enough to draw it again: its rows, and as
 * metadata its title, its caption and what its axes and panels show.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { toArrowFile } from "./arrow-file.ts";
import { Float64Column, TextColumn } from "./columns.ts";
import { writeOutput } from "./whole-file.ts";

/** A row; every row of a table has the same columns, each of numbers (or null) or of texts. */
export type FigureRow = Readonly<Record<string, string | number | null>>;

/** A figure as numbers. */
export interface FigureTable {
  readonly title: string;
  /** Every choice behind the figure: models, GPUs, rates, numbers of calls. */
  readonly caption: string;
  readonly rows: readonly FigureRow[];
}

/** Writes `directory`/`id`.arrow, whole. */
export async function writeFigureTable(
  directory: string,
  id: string,
  { title, caption, rows }: FigureTable,
): Promise<void> {
  const columns = Object.fromEntries(
    Object.keys(rows[0] ?? {}).map((name) => [name, columnOf(rows.map((row) => row[name]!))]),
  );
  const bytes = await toArrowFile(
    columns,
    new Map([
      ["title", title],
      ["caption", caption],
    ]),
  );
  const file = join(directory, `${id}.arrow`);
  writeOutput(file, bytes, { what: "the figure's data", option: "--out" });
}

/** Reads `directory`/`id`.arrow. */
export function readFigureTable(directory: string, id: string): FigureTable {
  const file = join(directory, `${id}.arrow`);
  const hint = "`sim figures --out DIR` writes the tables that --from DIR draws again";
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, { hint });
  }
  const { tableFromIPC } = createRequire(import.meta.url)(
    "apache-arrow/Arrow.esnext.min",
  ) as typeof import("apache-arrow");
  try {
    const table = tableFromIPC(bytes);
    const { metadata } = table.schema;
    const names = table.schema.fields.map(({ name }) => name);
    const rows = Array.from({ length: table.numRows }, (_, index) => {
      const row = table.get(index)!;
      return Object.fromEntries(names.map((name) => [name, row[name]]));
    });
    return { title: metadata.get("title")!, caption: metadata.get("caption")!, rows };
  } catch {
    throw new UserError(`${file} is not a table of a figure`, { hint });
  }
}

function columnOf(values: readonly (string | number | null)[]): Float64Column | TextColumn {
  if (values.some((value) => typeof value === "string")) {
    const column = new TextColumn();
    for (const value of values) column.append(String(value));
    return column;
  }
  const column = new Float64Column({ nullable: true });
  for (const value of values) column.append((value as number | null) ?? Number.NaN);
  return column;
}
