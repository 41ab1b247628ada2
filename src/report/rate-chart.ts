/**
 * A chart of something over the offered rate, a line a group: intervals as bands, what was not
 * stable hollow and without one, peaks as dashed lines. On the colours of the page.
 */

import * as Plot from "@observablehq/plot";
import type { GroupStyle } from "./group-style.ts";
import { createLogAxis } from "./log-axis.ts";
import { drawChart } from "./plot-picture.ts";

/** A rate with what is shown over it; null where there is none. */
export interface RatePoint {
  readonly rate: number;
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
  readonly isStable: boolean;
}

/** A line; its peak is a rate. */
export interface RateSeries {
  readonly style: GroupStyle;
  readonly points: readonly RatePoint[];
  readonly peak?: number | null;
}

/** How a chart looks. */
export interface RateChartFrame {
  /** What is shown over the rate. */
  readonly label: string;
  readonly isLog: boolean;
  readonly width: number;
  readonly height: number;
}

/** A point that has a place. */
interface PlacedPoint extends RatePoint {
  readonly value: number;
}

/** A value axis spans at least this factor: what hardly differs should look so. */
const LEAST_FACTOR = 1.5;

/** The chart; undefined where nothing has a value. */
export function rateChart(
  input: readonly RateSeries[],
  { label, isLog, width, height }: RateChartFrame,
): string | undefined {
  const series = input.map((each) => ({ ...each, points: each.points.filter(hasPlace) }));
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return undefined;
  const values = points.flatMap((point) => [
    point.value,
    ...(bandOf(point) ?? []).filter((end) => !isLog || end > 0),
  ]);
  const peaks = series.flatMap(({ peak }) => (peak == null ? [] : [peak]));
  const most = Math.max(...points.map(({ rate }) => rate), ...peaks);
  const axis = createLogAxis(Math.min(...values), Math.max(...values), LEAST_FACTOR);
  const bottom = isLog ? axis.domain[0] : 0;
  return drawChart({
    width,
    height,
    marginTop: 30,
    marginRight: 20,
    marginLeft: 56,
    marginBottom: 44,
    x: { label: "executions per second offered →", domain: [0, 1.04 * most], ticks: width / 100 },
    y: isLog
      ? { type: "log", domain: axis.domain, axis: null }
      : { domain: [0, 1.05 * Math.max(...values)], label: `↑ ${label}`, grid: true },
    marks: [
      ...(isLog
        ? [
            Plot.gridY(axis.labelled),
            Plot.axisY(axis.labelled, { label: `↑ ${label}`, text: axis.format }),
          ]
        : []),
      ...series.flatMap((each) => seriesMarks(each, bottom)),
    ],
  });
}

function hasPlace(point: RatePoint): point is PlacedPoint {
  return point.value !== null && point.value > 0;
}

/** What grows with the length of a run has no interval. */
function bandOf({ interval, isStable }: RatePoint): readonly [number, number] | null {
  return isStable ? interval : null;
}

function seriesMarks(
  { style, peak, points }: RateSeries & { readonly points: readonly PlacedPoint[] },
  bottom: number,
): Plot.Markish[] {
  const { colour, symbol } = style;
  const bands = points.flatMap((point) => {
    const band = bandOf(point);
    if (band === null) return [];
    return [{ rate: point.rate, low: Math.max(bottom, band[0]), high: band[1] }];
  });
  const ends = { x: "rate", y1: "low", y2: "high" };
  const dot = { x: "rate", y: "value", symbol, r: 3.5, stroke: colour, strokeWidth: 1.5 };
  return [
    ...(peak == null ? [] : [Plot.ruleX([peak], { stroke: colour, strokeDasharray: "5 4" })]),
    Plot.areaY(bands, { ...ends, fill: colour, fillOpacity: 0.16 }),
    Plot.ruleX(bands, { ...ends, stroke: colour, strokeWidth: 1 }),
    Plot.line(points, { x: "rate", y: "value", stroke: colour, strokeWidth: 1.75 }),
    Plot.dot(
      points.filter(({ isStable }) => isStable),
      { ...dot, fill: colour },
    ),
    Plot.dot(
      points.filter(({ isStable }) => !isStable),
      { ...dot, fill: "var(--card)" },
    ),
  ];
}
