/**
 * What the figures have in common: panels of lines and points with their names on the lines, in a
 * grid, with the title above and the caption, which says every choice, below.
 */

import * as Plot from "@observablehq/plot";
import { groupStyle } from "../group-style.ts";
import { createLogAxis } from "../log-axis.ts";
import { paragraphs } from "../paragraphs.ts";
import { drawPicture } from "../plot-picture.ts";
import { textWidth } from "../text-width.ts";
import { labelHeights } from "./label-places.ts";
import { AXIS, axisTitles, EDGE, FONT_SIZE, GRID } from "./panel-style.ts";

/** A point of a line; `low` to `high` is its confidence interval. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number | null;
  readonly high?: number | null;
}

/** A line or a cloud of points with its name. */
export interface ChartSeries {
  readonly name: string;
  /** Which colour; series of one name have one colour in all panels. */
  readonly colour: number;
  readonly kind: "line" | "dashed" | "points" | "rings";
  readonly points: readonly ChartPoint[];
}

/** An axis; a linear one starts at zero. */
export interface ChartAxis {
  readonly label: string;
  readonly isLog?: boolean;
}

/** A panel of lines. */
export interface LinePanel {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
}

/** A figure of panels, `columns` side by side. */
export interface Chart {
  readonly title: string;
  readonly caption: string;
  readonly columns: number;
  /** Each draws itself at a width. */
  readonly panels: readonly ((width: number) => Plot.PlotOptions & { readonly height: number })[];
}

const MARGIN = 28;
const WIDTH = 960;
const GAP = 20;
const PANEL_HEIGHT = 310;
/** The figure as SVG. */
export function drawChart({ title, caption, columns, panels }: Chart): string {
  const inner = WIDTH - 2 * MARGIN;
  const head = paragraphs([{ text: title, fontSize: 18, fontWeight: 600, fill: "#111" }], {
    x: MARGIN,
    y: MARGIN,
    width: inner,
  });
  const width = (inner - (columns - 1) * GAP) / columns;
  let y = head.end + 10;
  const placed = [];
  for (let from = 0; from < panels.length; from += columns) {
    const row = panels.slice(from, from + columns).map((panel) => panel(width));
    for (const [column, plot] of row.entries()) {
      placed.push({ x: MARGIN + column * (width + GAP), y, plot });
    }
    y += Math.max(...row.map(({ height }) => height)) + 8;
  }
  const foot = paragraphs([{ text: caption, fontSize: 12, fontWeight: 400, fill: "#444" }], {
    x: MARGIN,
    y: y + 6,
    width: inner,
  });
  const frame = { width: WIDTH, height: foot.end + MARGIN / 2, marks: [head.marks, foot.marks] };
  return drawPicture(frame, placed);
}

/** Draws lines with their names at their ends. */
export function linePanel({ title, x, y, series }: LinePanel): Chart["panels"][number] {
  return (width) => {
    const points = series.flatMap((each) => each.points);
    const bounds = points.flatMap(({ y: value, low, high }) => [
      value,
      low ?? value,
      high ?? value,
    ]);
    const xAxis = axisOf(
      x,
      points.map((point) => point.x),
    );
    const yAxis = axisOf(y, bounds);
    const names = series.map(({ name }) => textWidth(name, FONT_SIZE));
    const right = Math.min(0.42 * width, 14 + LEADER + Math.max(0, ...names));
    const area = {
      left: EDGE.left,
      right: width - right,
      top: EDGE.top,
      bottom: PANEL_HEIGHT - EDGE.bottom,
    };
    const [across, down] = [area.right - area.left, area.bottom - area.top];
    const places: PanelPlaces = {
      area,
      pixelX: (value) => area.left + xAxis.part(value) * across,
      pixelY: (value) => area.bottom - yAxis.part(value) * down,
      valueX: (pixel) => xAxis.at((pixel - area.left) / across),
      valueY: (pixel) => yAxis.at((area.bottom - pixel) / down),
    };
    return {
      width,
      height: PANEL_HEIGHT,
      marginLeft: EDGE.left,
      marginRight: right,
      marginTop: EDGE.top,
      marginBottom: EDGE.bottom,
      x: { type: x.isLog === true ? "log" : "linear", domain: xAxis.domain, axis: null },
      y: { type: y.isLog === true ? "log" : "linear", domain: yAxis.domain, axis: null },
      marks: [
        ...(xAxis.ticks === undefined
          ? [Plot.gridX(GRID), Plot.axisX({ ...AXIS, ticks: 6 })]
          : [
              Plot.gridX(xAxis.ticks, GRID),
              Plot.axisX(legible(xAxis, places), { ...AXIS, text: xAxis.format }),
            ]),
        ...(yAxis.ticks === undefined
          ? [Plot.gridY(GRID), Plot.axisY({ ...AXIS, ticks: 6 })]
          : [
              Plot.gridY(yAxis.ticks, GRID),
              Plot.axisY(yAxis.ticks, { ...AXIS, text: yAxis.format }),
            ]),
        ...axisTitles({ title, x: x.label, y: y.label }),
        Plot.frame({ stroke: "#8a8a8a" }),
        ...distinctBands(series).map((band) => bandMark(band, yAxis.domain[0]!)),
        ...series.flatMap(seriesMarks),
        ...nameMarks(series, places),
      ],
    };
  };
}

interface PanelAxis {
  readonly domain: number[];
  /** Where on the axis a value is, 0 to 1, and the value there. */
  readonly part: (value: number) => number;
  readonly at: (part: number) => number;
  /** Of logarithmic axes. */
  readonly ticks?: readonly number[];
  readonly format: (value: number) => string;
}

function axisOf({ isLog }: ChartAxis, values: readonly number[]): PanelAxis {
  const known = values.filter((value) => Number.isFinite(value) && (isLog !== true || value > 0));
  const [least, most] = known.length === 0 ? [1, 1] : [Math.min(...known), Math.max(...known)];
  if (isLog !== true) {
    const low = Math.min(0, 1.05 * least);
    const high = Math.max(1.05 * most, low + 1e-9);
    const part = (value: number) => (value - low) / (high - low);
    const at = (place: number) => low + place * (high - low);
    return { domain: [low, high], part, at, format: String };
  }
  const { domain, labelled, format } = createLogAxis(least, most, 1.5);
  const [low, high] = domain;
  const part = (value: number) => Math.log(value / low) / Math.log(high / low);
  const at = (place: number) => low * (high / low) ** place;
  return { domain: [low, high], part, at, ticks: labelled, format };
}

/** The values of a logarithmic axis whose labels leave room between them. */
function legible({ ticks = [], format }: PanelAxis, { pixelX }: PanelPlaces): number[] {
  let reached = Number.NEGATIVE_INFINITY;
  return ticks.filter((value) => {
    const half = textWidth(format(value), FONT_SIZE) / 2;
    const isFree = pixelX(value) - half > reached;
    if (isFree) reached = pixelX(value) + half + 4;
    return isFree;
  });
}

/** The points with intervals of every series; those of lines that coincide are there once. */
function distinctBands(series: readonly ChartSeries[]): ChartSeries[] {
  const seen = new Set<string>();
  return series.flatMap((each) => {
    const points = each.points.filter(
      ({ low, high }) => typeof low === "number" && typeof high === "number",
    );
    const key = JSON.stringify(points);
    if (points.length === 0 || seen.has(key)) return [];
    seen.add(key);
    return [{ ...each, points }];
  });
}

function bandMark({ colour, points }: ChartSeries, bottom: number): Plot.Markish {
  return Plot.areaY(points, {
    x: "x",
    y1: ({ low }: ChartPoint) => Math.max(bottom, low!),
    y2: "high",
    fill: groupStyle(colour).colour,
    fillOpacity: 0.16,
  });
}

function seriesMarks({ colour: index, kind, points }: ChartSeries): Plot.Markish[] {
  const { colour } = groupStyle(index);
  const place = { x: "x", y: "y" };
  if (kind === "points") {
    return [Plot.dot(points, { ...place, r: 3, fill: colour, fillOpacity: 0.75 })];
  }
  if (kind === "rings") {
    return [Plot.dot(points, { ...place, r: 5, stroke: colour, strokeWidth: 1.5 })];
  }
  return [
    Plot.line(points, {
      ...place,
      stroke: colour,
      strokeWidth: 1.75,
      ...(kind === "dashed" ? { strokeDasharray: "5 4" } : {}),
    }),
    ...(kind === "line" ? [Plot.dot(points, { ...place, r: 2.5, fill: colour })] : []),
  ];
}

/** Where things are on a panel, in pixels. */
interface PanelPlaces {
  readonly pixelX: (x: number) => number;
  readonly pixelY: (y: number) => number;
  readonly valueX: (pixel: number) => number;
  readonly valueY: (pixel: number) => number;
  readonly area: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

/** Names that stand further from their points than this are joined to them by a line so long. */
const NEAR = 9;
const LEADER = 12;

/** The names right of the last points. */
function nameMarks(series: readonly ChartSeries[], places: PanelPlaces): Plot.Markish[] {
  const { pixelX, pixelY, valueX, valueY, area } = places;
  const named = series
    .filter(({ points, name }) => points.length > 0 && name !== "")
    .map(({ name, colour, points }) => {
      const last = points.at(-1)!;
      const [x, y] = [pixelX(last.x) + 7, pixelY(last.y)];
      const width = LEADER + textWidth(name, FONT_SIZE);
      return { name, fill: groupStyle(colour).colour, x, y, width, last };
    });
  const lineHeight = FONT_SIZE + 2;
  const heights = labelHeights(named, { top: area.top + 4, bottom: area.bottom, lineHeight });
  const isMoved = named.map(({ y }, index) => Math.abs(heights[index]! - y) > NEAR);
  return named.flatMap(({ name, fill, x, y, last }, index) => {
    const height = heights[index]!;
    // Names of one place stand below one another.
    const isFar = named.some(
      (other, position) =>
        isMoved[position] && Math.hypot(other.x - x, other.y - y) < 2 * lineHeight,
    );
    const start = isFar ? x + LEADER : x;
    const text = Plot.text([name], {
      frameAnchor: "top-left",
      textAnchor: "start",
      dx: start - area.left,
      dy: height - area.top,
      lineAnchor: "middle",
      fontSize: FONT_SIZE,
      fill,
      stroke: "white",
      strokeWidth: 4,
    });
    if (!isFar) return [text];
    const end = { x: valueX(start - 2), y: valueY(height) };
    return [Plot.line([last, end], { x: "x", y: "y", stroke: fill, strokeWidth: 0.75 }), text];
  });
}
