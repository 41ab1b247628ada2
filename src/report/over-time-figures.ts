/**
 * A run over time: executions in flight, completions per second, and calls that wait, by LLM. The
 * warm-up, which is not measured, is marked.
 */

import * as Plot from "@observablehq/plot";
import { groupStyle } from "./group-style.ts";
import { drawChart } from "./plot-picture.ts";
import type { RunData, SimulatedRun } from "./run-data.ts";
import { binMiddle, instantsPerSecond, meanPresent, type TimeBins } from "./time-series.ts";

const SIZE = {
  width: 600,
  height: 260,
  marginRight: 30,
  marginTop: 30,
  marginLeft: 46,
  marginBottom: 44,
};
const WIDE = { ...SIZE, width: 1200 };
const BINS = 120;

/** The colour of arrivals, which are dashed. */
export const ARRIVALS = "#8a8f98";

/** Executions that have arrived and not ended. */
export function inFlightFigure({ summary, executions }: SimulatedRun): string {
  const bins = runBins(summary.duration_seconds);
  const present = meanPresent(executions.arrival, executions.end, bins);
  return overTime([seriesMark(present, bins, groupStyle(0).colour)], {
    label: "↑ executions in flight",
    warmup: summary.warmup_seconds,
  });
}

/** Executions that arrive and that complete, per second. */
export function throughputFigure({ summary, executions }: SimulatedRun): string {
  // Fewer bins: a count in a short bin says little.
  const bins = { ...runBins(summary.duration_seconds), count: BINS / 3 };
  const completed = executions.end.filter((_, row) => !Number.isNaN(executions.latency[row]!));
  const marks = [
    seriesMark(instantsPerSecond(executions.arrival, bins), bins, ARRIVALS),
    seriesMark(instantsPerSecond(completed, bins), bins, groupStyle(0).colour),
  ];
  const label = "↑ executions per second";
  return overTime(marks, { label, warmup: summary.warmup_seconds });
}

/** Calls that were sent and have not started, by LLM. */
export function queueFigure({ llms }: RunData, { summary, calls }: SimulatedRun): string {
  const bins = runBins(summary.duration_seconds);
  const marks = llms.map((_, llm) => {
    const isOwn = (_: number, row: number) => calls.llm[row] === llm;
    const own = { starts: calls.submit.filter(isOwn), ends: firstOf(calls).filter(isOwn) };
    return seriesMark(meanPresent(own.starts, own.ends, bins), bins, groupStyle(llm).colour);
  });
  return overTime(marks, {
    label: "↑ calls that wait",
    warmup: summary.warmup_seconds,
    size: WIDE,
  });
}

/** When a call stops waiting: it starts, or ends without. */
function firstOf({ start, end }: SimulatedRun["calls"]): Float64Array {
  return start.map((time, row) => (Number.isNaN(time) ? end[row]! : time));
}

function runBins(duration: number): TimeBins {
  return { start: 0, end: Math.max(duration, 1e-9), count: BINS };
}

function seriesMark(values: Float64Array, bins: TimeBins, stroke: string): Plot.Markish {
  const points = Array.from(values, (value, bin) => ({ time: binMiddle(bins, bin), value }));
  const dashes = stroke === ARRIVALS ? { strokeDasharray: "4 3" } : {};
  return Plot.line(points, { x: "time", y: "value", stroke, strokeWidth: 1.75, ...dashes });
}

/** What a chart over time has besides its lines. */
interface TimeFrame {
  readonly label: string;
  /** Seconds. */
  readonly warmup: number;
  readonly size?: typeof SIZE;
}

function overTime(marks: readonly Plot.Markish[], frame: TimeFrame): string {
  const { label, warmup, size = SIZE } = frame;
  const warmupMarks =
    warmup > 0
      ? [
          Plot.ruleX([warmup], { stroke: "#777", strokeDasharray: "2 3" }),
          Plot.text([warmup], {
            x: (x) => x,
            frameAnchor: "top",
            text: () => "warm-up ends",
            textAnchor: "start",
            dx: 4,
            dy: 2,
            fill: "currentColor",
            stroke: "var(--card)",
            strokeWidth: 4,
            fontSize: 11,
          }),
        ]
      : [];
  return drawChart({
    ...size,
    x: { label: "simulated time (s) →" },
    y: { label, grid: true, zero: true },
    marks: [...marks, ...warmupMarks],
  });
}
