/** How the panels of figures look: their edges, axes and titles. */

import * as Plot from "@observablehq/plot";

/** Of all text within panels, in pixels. */
export const FONT_SIZE = 12;

/** Room around a panel, in pixels. */
export const EDGE = { left: 58, top: 34, bottom: 44 };

/** Lines of the grid. */
export const GRID = { stroke: "#ececec", strokeOpacity: 1 };

/** Axes, whose labels are texts of their own. */
export const AXIS = { label: null, tickSize: 4, fontSize: FONT_SIZE, color: "#444" } as const;

/** The title of a panel and what its axes show. */
export function axisTitles(texts: {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}) {
  const { title, x, y } = texts;
  const top = { frameAnchor: "top-left", textAnchor: "start", lineAnchor: "bottom" } as const;
  return [
    Plot.text([x], { frameAnchor: "bottom", dy: 36, fontSize: FONT_SIZE, fill: "#222" }),
    Plot.text([title], {
      ...top,
      dy: -20,
      fontSize: FONT_SIZE + 0.5,
      fontWeight: 600,
      fill: "#222",
    }),
    ...(y === "" ? [] : [Plot.text([y], { ...top, dy: -5, fontSize: FONT_SIZE, fill: "#444" })]),
  ];
}
