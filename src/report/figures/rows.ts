/** Rows of a figure's table as groups, lines and values. */

import type { FigureRow } from "../../records/figure-table.ts";
import type { ChartPoint, ChartSeries } from "./chart.ts";

/** Groups rows by what `key` makes of them, in order of first occurrence. */
export function groupRows(
  rows: readonly FigureRow[],
  key: (row: FigureRow) => string,
): [string, FigureRow[]][] {
  const groups = new Map<string, FigureRow[]>();
  for (const row of rows) {
    const name = key(row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups];
}

/** So many lines differ by colour; those beyond are dashed. */
const COLOURS = 7;

/** Which columns are the coordinates of a line, and which its interval. */
export interface LineColumns {
  readonly x: string;
  readonly y: string;
  readonly low?: string;
  readonly high?: string;
}

/** The points of rows that have both coordinates, by ascending x. */
export function pointsOf(rows: readonly FigureRow[], columns: LineColumns): ChartPoint[] {
  const number = (row: FigureRow, name: string | undefined) => {
    const value = name === undefined ? null : row[name];
    return typeof value === "number" ? value : null;
  };
  return rows
    .flatMap((row) => {
      const [x, y] = [number(row, columns.x), number(row, columns.y)];
      if (x === null || y === null) return [];
      return [{ x, y, low: number(row, columns.low), high: number(row, columns.high) }];
    })
    .sort((a, b) => a.x - b.x);
}

/** A line for each name, in order; the colour of a name is its position in `names`. */
export function linesOf(
  rows: readonly FigureRow[],
  {
    by,
    names,
    ...columns
  }: LineColumns & { readonly by: string; readonly names: readonly string[] },
): ChartSeries[] {
  return groupRows(rows, (row) => String(row[by])).map(([name, own]) => {
    const colour = names.indexOf(name);
    const kind = colour < COLOURS ? ("line" as const) : ("dashed" as const);
    return { name, colour, kind, points: pointsOf(own, columns) };
  });
}

/** The distinct values of a column, in order of first occurrence. */
export function namesIn(rows: readonly FigureRow[], column: string): string[] {
  return groupRows(rows, (row) => String(row[column])).map(([name]) => name);
}
