/** Values as bars with what they spread over as lines, each named at its left. */

import * as Plot from "@observablehq/plot";
import { drawChart } from "./plot-picture.ts";
import { shortenText } from "./text-width.ts";

/** A bar. */
export interface BarRow {
  readonly name: string;
  readonly colour: string;
  readonly value: number;
  /** From and to where it spreads; the value itself where that is not known. */
  readonly low: number;
  readonly high: number;
}

const WIDTH = 600;
const LABEL = { fontSize: 12.5, width: 170 };

/** The bars on one axis; `format` writes their values. */
export function barFigure(
  rows: readonly BarRow[],
  axis: {
    readonly label: string;
    readonly tickFormat?: string;
    readonly format: (value: number) => string;
  },
): string {
  const { label, tickFormat, format } = axis;
  const most = Math.max(...rows.map(({ high, value }) => Math.max(high, value)), 0.01);
  return drawChart({
    width: WIDTH,
    height: 64 + 36 * rows.length,
    marginBottom: 44,
    marginLeft: LABEL.width + 10,
    marginRight: 60,
    x: {
      label: `${label} →`,
      domain: [0, most],
      grid: true,
      ticks: 5,
      ...(tickFormat === undefined ? {} : { tickFormat }),
    },
    y: { label: null, domain: rows.map((_, index) => index), padding: 0.35, axis: null },
    marks: [
      Plot.barX(rows, { x: "value", y: (_, index) => index, fill: "colour" }),
      Plot.ruleY(rows, { x1: "low", x2: "high", y: (_, index) => index, strokeWidth: 1.5 }),
      ...(["low", "high"] as const).map((end) =>
        Plot.tickX(rows, { x: end, y: (_, index) => index, insetTop: 5, insetBottom: 5 }),
      ),
      Plot.text(rows, {
        frameAnchor: "left",
        y: (_, index) => index,
        dx: -8,
        textAnchor: "end",
        text: ({ name }) => shortenText(name, LABEL.fontSize, LABEL.width),
        fontSize: LABEL.fontSize,
      }),
      Plot.text(rows, {
        x: ({ high, value }) => Math.max(high, value),
        y: (_, index) => index,
        dx: 8,
        textAnchor: "start",
        text: ({ value }) => format(value),
        fontSize: 12,
      }),
    ],
  });
}
