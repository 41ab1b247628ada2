/** A panel of cells with a text in each, darker where it is worse. */

import * as Plot from "@observablehq/plot";
import { textWidth } from "../text-width.ts";
import type { Chart } from "./chart.ts";
import { AXIS, axisTitles, EDGE, FONT_SIZE } from "./panel-style.ts";

/** A cell. */
export interface ChartCell {
  readonly row: string;
  readonly column: string;
  readonly text: string;
  /** 0 for the best to 1 for what is drawn darkest; null for a cell without a value. */
  readonly shade: number | null;
}

const ROW_HEIGHT = 30;

/** From white to the darkest on which black text can be read. */
const DARKEST = [213, 94, 0] as const;
const OPACITY = 0.75;
const EMPTY = "#f2f2f2";

/** Draws rows from above, columns from the left, each in order of first occurrence. */
export function cellPanel({
  title,
  subtitle,
  cells,
}: {
  readonly title: string;
  readonly subtitle: string;
  readonly cells: readonly ChartCell[];
}): Chart["panels"][number] {
  const rows = [...new Set(cells.map(({ row }) => row))];
  const columns = [...new Set(cells.map(({ column }) => column))];
  return (width) => ({
    width,
    height: EDGE.top + EDGE.bottom + ROW_HEIGHT * rows.length,
    marginLeft: 14 + Math.max(...rows.map((row) => textWidth(row, FONT_SIZE))),
    marginRight: 4,
    marginTop: EDGE.top,
    marginBottom: EDGE.bottom,
    x: { type: "band", domain: columns, axis: null, padding: 0.03 },
    y: { type: "band", domain: rows, axis: null, padding: 0.06 },
    marks: [
      Plot.cell(cells, { x: "column", y: "row", fill: fillOf }),
      Plot.text(cells, { x: "column", y: "row", text: "text", fontSize: FONT_SIZE, fill: "#111" }),
      Plot.axisX({ ...AXIS, tickSize: 0 }),
      Plot.axisY({ ...AXIS, tickSize: 0 }),
      ...axisTitles({ title, x: "", y: subtitle }),
    ],
  });
}

function fillOf({ shade }: ChartCell): string {
  if (shade === null) return EMPTY;
  const mixed = DARKEST.map((part) => Math.round(255 - OPACITY * shade * (255 - part)));
  return `rgb(${mixed.join(",")})`;
}
