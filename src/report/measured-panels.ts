/**
 * The two panels of "simulated against measured": values on equal logarithmic axes, and relative
 * errors over the measured values.
 */

import * as Plot from "@observablehq/plot";
import { extent, tickStep, ticks } from "d3-array";
import { createLogAxis, type LogAxis } from "./log-axis.ts";
import { type DrawnPair, errorLimit } from "./measured-errors.ts";

/** Half the width of the shaded band, as a relative error. */
export const ERROR_BAND = 0.1;

export const PANEL = { width: 476, height: 488 } as const;
export const PANEL_MARGIN = { left: 60, right: 10 } as const;
const MARGINS = {
  marginLeft: PANEL_MARGIN.left,
  marginRight: PANEL_MARGIN.right,
  marginTop: 34,
  marginBottom: 48,
};

/** Translucent: the grid is seen through the band. */
const BAND_COLOUR = "rgba(70, 95, 120, 0.12)";
const GRID_COLOUR = "#ececec";
const FAINT_GRID_COLOUR = "#f6f6f6";
const LINE_COLOUR = "#333";
const FRAME_COLOUR = "#8a8a8a";

/** The values' axes are long enough to show the band; the errors need no band beside them. */
const MIN_FACTOR_OF_VALUES = 1.25;
const MIN_FACTOR_OF_ERRORS = 1.02;

/** The line is drawn above more pairs than these, which would hide it, and below fewer. */
const MANY_PAIRS = 300;

/** How the panels draw the identity line and the band, for a key. */
export const KEY_COLOURS = { line: LINE_COLOUR, band: BAND_COLOUR } as const;

/** Words for the axes: what is compared, and in which unit. */
export interface MeasuredAxes {
  readonly quantity: string;
  readonly unit: string | undefined;
  /** What the compared value is, and what it is compared with: "simulated" with "measured". */
  readonly compared: string;
  readonly reference: string;
}

/** Simulated over measured values, with the line where they are equal. */
export function valuesPanel(pairs: readonly DrawnPair[], names: MeasuredAxes): Plot.PlotOptions {
  const axis = axisOf(
    pairs.flatMap(({ measured, simulated }) => [measured, simulated]),
    MIN_FACTOR_OF_VALUES,
  );
  const [low, high] = axis.domain;
  const above = 1 + ERROR_BAND;
  const below = 1 - ERROR_BAND;
  const band: Point[] = [
    [low, low],
    [low, Math.min(low * above, high)],
    [Math.max(high / above, low), high],
    [high, high],
    [high, Math.max(high * below, low)],
    [Math.min(low / below, high), low],
  ];
  return {
    ...panelOptions(axis),
    y: { type: "log", domain: axis.domain, axis: null },
    marks: [
      ...verticalGrid(axis),
      Plot.gridY(axis.lines, { stroke: FAINT_GRID_COLOUR, strokeOpacity: 1 }),
      Plot.gridY(axis.labelled, { stroke: GRID_COLOUR, strokeOpacity: 1 }),
      polygon(band),
      Plot.axisY(axis.labelled, { ...AXIS, text: axis.format }),
      ...xAxis(axis, names),
      heading(`${capitalized(names.compared)} ${withUnit(names)}`),
      frame(),
      ...withLine(
        line([low, low], [high, high]),
        dots(pairs, { y: "simulated", className: "simulated" }),
        pairs.length,
      ),
    ],
  };
}

/** Relative errors over measured values; those beyond the axis are hollow, at its end. */
export function errorsPanel(pairs: readonly DrawnPair[], names: MeasuredAxes): Plot.PlotOptions {
  const axis = axisOf(
    pairs.map(({ measured }) => measured),
    MIN_FACTOR_OF_ERRORS,
  );
  const { limit } = errorLimit(pairs);
  const [low, high] = axis.domain;
  const band = Math.min(ERROR_BAND, limit);
  const labelled = ticks(-limit, limit, 8);
  const placed = pairs.map((pair) => ({
    ...pair,
    shown: Math.max(-limit, Math.min(limit, pair.error)),
  }));
  const isBeyond = ({ error }: DrawnPair) => Math.abs(error) > limit;
  return {
    ...panelOptions(axis),
    y: { type: "linear", domain: [-limit, limit], axis: null },
    marks: [
      ...verticalGrid(axis),
      Plot.gridY(labelled, { stroke: GRID_COLOUR, strokeOpacity: 1 }),
      polygon([
        [low, -band],
        [low, band],
        [high, band],
        [high, -band],
      ]),
      Plot.axisY(labelled, { ...AXIS, text: percentFormat(limit) }),
      ...xAxis(axis, names),
      heading(`Relative error: (${names.compared} − ${names.reference}) / ${names.reference}`),
      frame(),
      ...withLine(
        line([low, 0], [high, 0]),
        [
          ...dots(
            placed.filter((pair) => !isBeyond(pair)),
            { y: "shown", className: "error", count: pairs.length },
          ),
          ...dots(placed.filter(isBeyond), {
            y: "shown",
            className: "error beyond",
            isHollow: true,
          }),
        ],
        pairs.length,
      ),
    ],
  };
}

type Point = readonly [number, number];

const AXIS = { label: null, tickSize: 4, fontSize: 12, color: "#444" } as const;

function axisOf(values: readonly number[], minFactor: number): LogAxis {
  const [low, high] = extent(values);
  return createLogAxis(low!, high!, minFactor);
}

function panelOptions(axis: LogAxis): Plot.PlotOptions {
  return {
    ...PANEL,
    ...MARGINS,
    x: { type: "log", domain: axis.domain, axis: null },
  };
}

function polygon(points: readonly Point[]): Plot.Markish {
  return Plot.line(points, {
    fill: BAND_COLOUR,
    stroke: "none",
    curve: "linear-closed",
    className: "band",
  });
}

function line(from: Point, to: Point): Plot.Markish {
  return Plot.line([from, to], { stroke: LINE_COLOUR, strokeWidth: 1.25, className: "equal" });
}

function withLine(line: Plot.Markish, dots: Plot.Markish[], count: number): Plot.Markish[] {
  return count > MANY_PAIRS ? [...dots, line] : [line, ...dots];
}

function frame(): Plot.Markish {
  return Plot.frame({ stroke: FRAME_COLOUR });
}

function verticalGrid(axis: LogAxis): Plot.Markish[] {
  return [
    Plot.gridX(axis.lines, { stroke: FAINT_GRID_COLOUR, strokeOpacity: 1 }),
    Plot.gridX(axis.labelled, { stroke: GRID_COLOUR, strokeOpacity: 1 }),
  ];
}

function xAxis(axis: LogAxis, names: MeasuredAxes): Plot.Markish[] {
  return [
    Plot.axisX(axis.labelled, { ...AXIS, text: axis.format }),
    Plot.text([`${capitalized(names.reference)} ${withUnit(names)}`], {
      frameAnchor: "bottom",
      dy: 40,
      fontSize: 12.5,
      fill: "#222",
    }),
  ];
}

/** The label of the vertical axis, written above it. */
function heading(text: string): Plot.Markish {
  return Plot.text([text], {
    frameAnchor: "top-left",
    textAnchor: "start",
    lineAnchor: "bottom",
    dy: -10,
    fontSize: 12.5,
    fontWeight: 600,
    fill: "#222",
  });
}

/** One mark a symbol: a mark has the same symbol throughout, unless a scale chooses it. */
function dots(
  pairs: readonly DrawnPair[],
  options: { y: string; className: string; isHollow?: boolean; count?: number },
): Plot.Markish[] {
  const { y, className, isHollow = false, count = pairs.length } = options;
  const symbols = [...new Set(pairs.map(({ style }) => style.symbol))];
  const colour = ({ style }: DrawnPair) => style.colour;
  const paint = isHollow
    ? { stroke: colour, fill: "white", strokeWidth: 1.5 }
    : { fill: colour, fillOpacity: dotOpacity(count), stroke: "white", strokeWidth: 0.4 };
  return symbols.map((symbol) =>
    Plot.dot(
      pairs.filter(({ style }) => style.symbol === symbol),
      { x: "measured", y, symbol, r: isHollow ? 3.5 : dotRadius(count), className, ...paint },
    ),
  );
}

/** From 4.5 px for a few dots down to 2 px for thousands. */
function dotRadius(count: number): number {
  return Math.max(2, Math.min(4.5, 5.6 - 0.9 * Math.log10(Math.max(count, 1))));
}

function dotOpacity(count: number): number {
  return Math.max(0.45, Math.min(0.9, 1.2 - 0.2 * Math.log10(Math.max(count, 1))));
}

function withUnit({ quantity, unit }: MeasuredAxes): string {
  return unit === undefined ? quantity : `${quantity} (${unit})`;
}

/** `+10 %`, `0 %`, `−2.5 %`. */
function percentFormat(limit: number): (value: number) => string {
  const step = 100 * tickStep(-limit, limit, 8);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (value) => {
    const size = (100 * Math.abs(value)).toFixed(digits);
    if (Number(size) === 0) return "0 %";
    return `${value > 0 ? "+" : "−"}${size} %`;
  };
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
