/**
 * Latency over rate, a curve a planner: means with their intervals on a logarithmic axis, and
 * where each planner's peak is. An SVG document that depends on its input alone.
 */

import * as Plot from "@observablehq/plot";
import { formatRate } from "../units.ts";
import { groupLegend, type LegendKey } from "./group-legend.ts";
import { type GroupStyle, groupStyle } from "./group-style.ts";
import { createLogAxis } from "./log-axis.ts";
import { paragraphs } from "./paragraphs.ts";
import { drawPicture } from "./plot-picture.ts";

/** One rate of a curve; latencies in seconds, null where there is none. */
export interface CurvePoint {
  readonly rate: number;
  readonly latency: number | null;
  readonly interval: readonly [number, number] | null;
  readonly isStable: boolean;
}

/** One planner; its peak in executions per second. */
export interface LatencyCurve {
  readonly name: string;
  readonly peak: number | null;
  readonly points: readonly CurvePoint[];
}

/** What is drawn. */
export interface LatencyCurves {
  readonly title: string;
  readonly subtitle: string;
  /** What comes per second; by default executions. */
  readonly rateLabel?: string;
  readonly curves: readonly LatencyCurve[];
}

const MARGIN = 28;
const PANEL = { width: 860, height: 460 };
const PANEL_LEFT = 60;
const PANEL_RIGHT = 14;
const LEFT = MARGIN + PANEL_LEFT;
const TEXT_WIDTH = PANEL.width - PANEL_LEFT - PANEL_RIGHT;
const WIDTH = PANEL.width + 2 * MARGIN;
const GRID = { stroke: "#ececec", strokeOpacity: 1 };
const AXIS = { label: null, tickSize: 4, fontSize: 12, color: "#444" } as const;
const WORDS = { fontSize: 12.5, fill: "#222" } as const;
const MIN_FACTOR = 1.5;
const WIDENING = 0.8;

/** A point that has a place. */
interface PlacedPoint extends CurvePoint {
  readonly latency: number;
}

/** A curve with its look and the points that have a place. */
interface DrawnCurve extends LatencyCurve {
  readonly style: GroupStyle;
  readonly points: readonly PlacedPoint[];
}

/** The picture as SVG; null where there is no latency at all. */
export function latencyCurves(input: LatencyCurves): string | null {
  const { title, subtitle, curves: given, rateLabel = "Executions per second" } = input;
  const curves = given.map((curve, index) => ({
    ...curve,
    style: groupStyle(index),
    points: curve.points.filter(hasPlace),
  }));
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return null;
  const head = paragraphs(
    [
      { text: title, fontSize: 19, fontWeight: 600, fill: "#111" },
      { text: subtitle, fontSize: 13.5, fontWeight: 400, fill: "#555" },
    ],
    { x: LEFT, y: MARGIN, width: TEXT_WIDTH },
  );
  const hollow: LegendKey = {
    text: "not stable in every replication",
    kind: "hollow",
    colour: "#595959",
  };
  const hasUnstable = points.some(({ isStable }) => !isStable);
  const legend = groupLegend(
    {
      headings: ["peak"],
      entries: curves.map(({ name, style, peak }) => {
        return {
          name,
          style,
          numbers: [peak === null ? "–" : formatRate(peak)],
        };
      }),
      keys: hasUnstable ? [hollow] : [],
    },
    { x: LEFT, y: head.end + 8, width: TEXT_WIDTH },
  );
  const y = head.end + 8 + legend.height + 12;
  const height = y + PANEL.height + MARGIN / 2;
  return drawPicture({ width: WIDTH, height, marks: [head.marks, legend.marks] }, [
    { x: MARGIN, y, plot: panel(curves, rateLabel) },
  ]);
}

function hasPlace(point: CurvePoint): point is PlacedPoint {
  return point.latency !== null && point.latency > 0;
}

function panel(curves: readonly DrawnCurve[], rateLabel: string): Plot.PlotOptions {
  const points = curves.flatMap((curve) => curve.points);
  const latencies = points.flatMap(({ latency, interval, isStable }) =>
    isStable && interval !== null && interval[0] > 0 ? [latency, ...interval] : [latency],
  );
  const axis = createLogAxis(Math.min(...latencies), Math.max(...latencies), MIN_FACTOR);
  const rates = points.map(({ rate }) => rate);
  const peaks = curves.flatMap(({ peak }) => (peak === null ? [] : [peak]));
  return {
    ...PANEL,
    marginLeft: PANEL_LEFT,
    marginRight: PANEL_RIGHT,
    marginTop: 34,
    marginBottom: 48,
    x: { type: "linear", domain: [0, 1.03 * Math.max(...rates, ...peaks)], axis: null },
    y: { type: "log", domain: axis.domain, axis: null },
    marks: [
      Plot.gridX(GRID),
      Plot.gridY(axis.lines, { ...GRID, stroke: "#f6f6f6" }),
      Plot.gridY(axis.labelled, GRID),
      Plot.axisX(AXIS),
      Plot.axisY(axis.labelled, { ...AXIS, text: axis.format }),
      Plot.text([rateLabel], { frameAnchor: "bottom", dy: 40, ...WORDS }),
      Plot.text(["Mean latency (s)"], {
        frameAnchor: "top-left",
        textAnchor: "start",
        lineAnchor: "bottom",
        dy: -10,
        fontWeight: 600,
        ...WORDS,
      }),
      Plot.frame({ stroke: "#8a8a8a" }),
      ...curves.map((curve, index) => curveMarks(curve, index, axis.domain[0])).reverse(),
    ],
  };
}

/** The later a curve, the wider and further below: what lies under another is seen beside it. */
function curveMarks(
  { points, peak, style }: DrawnCurve,
  index: number,
  bottom: number,
): Plot.Markish[] {
  const { colour, symbol } = style;
  const wider = WIDENING * index;
  const place = { x: "rate", y: "latency" };
  // The latency of a run that is not stable grows with its length: it has no interval.
  const bars = points.flatMap(({ rate, interval, isStable }) =>
    interval === null || !isStable
      ? []
      : [{ rate, low: Math.max(bottom, interval[0]), high: interval[1] }],
  );
  const dot = { ...place, symbol, r: 3.5 + wider, stroke: colour, strokeWidth: 1.5 };
  return [
    ...(peak === null
      ? []
      : [
          Plot.ruleX([peak], { stroke: colour, strokeWidth: 1.25 + wider, strokeDasharray: "5 4" }),
        ]),
    Plot.line(points, { ...place, stroke: colour, strokeWidth: 1.5 + wider }),
    Plot.ruleX(bars, { x: "rate", y1: "low", y2: "high", stroke: colour, strokeWidth: 1.5 }),
    Plot.dot(
      points.filter(({ isStable }) => isStable),
      { ...dot, fill: colour, className: "point" },
    ),
    Plot.dot(
      points.filter(({ isStable }) => !isStable),
      { ...dot, fill: "white", className: "point unstable" },
    ),
  ];
}
