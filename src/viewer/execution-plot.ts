/**
 * Executions as dots: when they arrived, and how long they took. Many are drawn as a density, as
 * what is drawn then is pixels and not executions.
 */

import type { SharpCanvas } from "./canvas.ts";
import { type ExecutionList, firstArrival } from "./execution-data.ts";
import type { Theme } from "./theme.ts";
import { grouped, niceStep, type TimeWindow } from "./time-window.ts";

/** With more dots than this, each is a square of some pixels. */
const MOST_CIRCLES = 2500;

const RADIUS = 2.5;
const PAD = 8;
const GRID_GAP = 34;
const MOST_LINES = 6;

/** Where executions are drawn. */
export interface PlotScale {
  readonly window: TimeWindow;
  readonly width: number;
  readonly height: number;
  /** The top of the axis, in seconds. */
  readonly most: number;
}

/** The axis goes a little beyond the longest latency. */
export function plotTop(latencyMost: number): number {
  return latencyMost > 0 ? 1.05 * latencyMost : 1;
}

/** Draws the executions; `chosen` and `hovered` are rows, or -1. */
export function drawExecutions(
  target: SharpCanvas,
  list: ExecutionList,
  drawn: {
    readonly scale: PlotScale;
    readonly theme: Theme;
    readonly chosen: number;
    readonly hovered: number;
  },
): void {
  const { context, width } = target;
  const { scale, theme, chosen, hovered } = drawn;
  drawGrid(target, scale, theme);
  const rows = [
    firstArrival(list, scale.window.from),
    firstArrival(list, scale.window.to),
  ] as const;
  const count = rows[1] - rows[0];
  context.fillStyle = theme.dot;
  for (let row = rows[0]; row < rows[1]; row++) {
    const [x, y] = [xOf(list, row, scale), yOf(list, row, scale)];
    if (count > MOST_CIRCLES) {
      context.globalAlpha = 0.35;
      context.fillRect(x - 1, y - 1, 2, 2);
    } else {
      context.globalAlpha = 0.75;
      drawDot(context, x, y, RADIUS);
    }
  }
  context.globalAlpha = 1;
  for (const row of [hovered, chosen]) {
    if (row < 0) continue;
    const [x, y] = [xOf(list, row, scale), yOf(list, row, scale)];
    if (x < -RADIUS || x > width + RADIUS) continue;
    context.fillStyle = theme.accent;
    context.fillRect(x, y - 0.75, timeToX(list.end[row]!, scale) - x, 1.5);
    context.strokeStyle = theme.card;
    context.lineWidth = 1.5;
    drawDot(context, x, y, RADIUS + 2);
    context.stroke();
  }
}

function drawDot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function drawGrid({ context, width }: SharpCanvas, scale: PlotScale, theme: Theme): void {
  const step = gridStep(scale);
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let value = 0; value <= scale.most * (1 + 1e-9); value += step) {
    const y = Math.round(valueToY(value, scale)) + 0.5;
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  context.stroke();
}

/** Lines are no closer than some pixels. */
function gridStep({ most, height }: PlotScale): number {
  return niceStep(most / Math.min(MOST_LINES, Math.max(2, height / GRID_GAP)));
}

/** Labels of the axis with their heights. */
export function plotLabels(scale: PlotScale): { readonly y: number; readonly label: string }[] {
  const step = gridStep(scale);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const labels = [];
  for (let value = 0; value <= scale.most * (1 + 1e-9); value += step) {
    labels.push({ y: valueToY(value, scale), label: grouped(value, decimals) });
  }
  return labels;
}

/** The row whose dot is nearest to a point, within some pixels; -1 without one. */
export function executionAt(
  list: ExecutionList,
  [x, y]: readonly [number, number],
  scale: PlotScale,
): number {
  const reach = 8;
  const timeAt = (place: number) => scale.window.from + (place / scale.width) * lengthOf(scale);
  let nearest = -1;
  let least = reach;
  const behind = firstArrival(list, timeAt(x + reach));
  for (let row = firstArrival(list, timeAt(x - reach)); row < behind; row++) {
    const distance = Math.hypot(xOf(list, row, scale) - x, yOf(list, row, scale) - y);
    if (distance < least) [nearest, least] = [row, distance];
  }
  return nearest;
}

const lengthOf = ({ window }: PlotScale) => window.to - window.from;

function timeToX(time: number, scale: PlotScale): number {
  return ((time - scale.window.from) / lengthOf(scale)) * scale.width;
}

function xOf({ arrival }: ExecutionList, row: number, scale: PlotScale): number {
  return timeToX(arrival[row]!, scale);
}

/** Those that did not end are at the top. */
function yOf({ latency }: ExecutionList, row: number, scale: PlotScale): number {
  const value = latency[row]!;
  return valueToY(Number.isNaN(value) ? scale.most : value, scale);
}

function valueToY(value: number, { height, most }: PlotScale): number {
  return height - PAD - (value / most) * (height - 2 * PAD);
}
