/** A panel of horizontal bars, or ranges, with their values at their ends. */

import * as Plot from "@observablehq/plot";
import { groupStyle } from "../group-style.ts";
import { createLogAxis } from "../log-axis.ts";
import { textWidth } from "../text-width.ts";
import type { Chart } from "./chart.ts";
import { AXIS, axisTitles, EDGE, FONT_SIZE, GRID } from "./panel-style.ts";

/** A bar: a name, a value, and what is written at its end. */
export interface ChartBar {
  readonly name: string;
  readonly value: number;
  /** Where it starts; then it is a range. */
  readonly from?: number;
  readonly text: string;
  readonly colour: number;
}

/** Draws horizontal bars, one below another. */
export function barPanel({
  title,
  x,
  least,
  most,
  bars,
}: {
  readonly title: string;
  readonly x: string;
  /** Where a logarithmic axis starts; without, it is linear and starts at zero. */
  readonly least?: number;
  /** Where the axis ends. */
  readonly most: number;
  readonly bars: readonly ChartBar[];
}): Chart["panels"][number] {
  const axis = least === undefined ? undefined : createLogAxis(least, most, 10);
  const ticks = axis?.labelled;
  const ranges = bars.filter(({ from }) => from !== undefined);
  return (width) => {
    const left = Math.min(
      0.45 * width,
      12 + Math.max(...bars.map(({ name }) => textWidth(name, FONT_SIZE))),
    );
    const room = 14 + Math.max(...bars.map(({ text }) => textWidth(text, FONT_SIZE)));
    const height = EDGE.top + EDGE.bottom + 24 * bars.length;
    const few = Math.max(1, Math.floor((width - left - room) / 60));
    return {
      width,
      height,
      marginLeft: left,
      marginRight: room,
      marginTop: EDGE.top,
      marginBottom: EDGE.bottom,
      x: { type: axis ? "log" : "linear", domain: axis?.domain ?? [0, most], axis: null },
      y: { type: "band", domain: bars.map(({ name }) => name), axis: null, padding: 0.25 },
      marks: [
        ...(axis === undefined
          ? [Plot.gridX({ ...GRID, ticks: few }), Plot.axisX({ ...AXIS, ticks: few })]
          : [Plot.gridX(ticks!, GRID), Plot.axisX(ticks!, { ...AXIS, text: axis.format })]),
        Plot.axisY({ ...AXIS, tickSize: 0 }),
        Plot.barX(
          bars.filter(({ from }) => from === undefined),
          { x: "value", y: "name", fill: colourOf },
        ),
        // Round ends: a range of one value is a dot.
        Plot.ruleY(ranges, {
          x1: "from",
          x2: "value",
          y: "name",
          stroke: colourOf,
          strokeWidth: 10,
          strokeLinecap: "round",
        }),
        Plot.text(bars, {
          x: "value",
          y: "name",
          text: "text",
          dx: ranges.length > 0 ? 11 : 6,
          textAnchor: "start",
          fontSize: FONT_SIZE,
          fill: "#222",
        }),
        ...axisTitles({ title, x, y: "" }),
      ],
    };
  };
}

function colourOf({ colour }: ChartBar): string {
  return groupStyle(colour).colour;
}
