/** A panel of horizontal bars with their values at their ends. */

import * as Plot from "@observablehq/plot";
import { groupStyle } from "../group-style.ts";
import { textWidth } from "../text-width.ts";
import type { Chart } from "./chart.ts";
import { AXIS, axisTitles, EDGE, FONT_SIZE, GRID } from "./panel-style.ts";

/** A bar: a name, a value, and what is written at its end. */
export interface ChartBar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly colour: number;
}

/** Draws horizontal bars, one below another. */
export function barPanel({
  title,
  x,
  most,
  bars,
}: {
  readonly title: string;
  readonly x: string;
  /** Where the axis ends. */
  readonly most: number;
  readonly bars: readonly ChartBar[];
}): Chart["panels"][number] {
  return (width) => {
    const left = Math.min(
      0.45 * width,
      12 + Math.max(...bars.map(({ name }) => textWidth(name, FONT_SIZE))),
    );
    const room = 14 + Math.max(...bars.map(({ text }) => textWidth(text, FONT_SIZE)));
    const height = EDGE.top + EDGE.bottom + 24 * bars.length;
    return {
      width,
      height,
      marginLeft: left,
      marginRight: room,
      marginTop: EDGE.top,
      marginBottom: EDGE.bottom,
      x: { domain: [0, most], axis: null },
      y: { type: "band", domain: bars.map(({ name }) => name), axis: null, padding: 0.25 },
      marks: [
        Plot.gridX({ ...GRID, ticks: 5 }),
        Plot.axisX({ ...AXIS, ticks: 5 }),
        Plot.axisY({ ...AXIS, tickSize: 0 }),
        Plot.barX(bars, {
          x: "value",
          y: "name",
          fill: ({ colour }: ChartBar) => groupStyle(colour).colour,
        }),
        Plot.text(bars, {
          x: "value",
          y: "name",
          text: "text",
          dx: 6,
          textAnchor: "start",
          fontSize: FONT_SIZE,
          fill: "#222",
        }),
        ...axisTitles({ title, x, y: "" }),
      ],
    };
  };
}
