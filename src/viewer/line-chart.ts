/**
 * Values over the interval that is shown, as lines that break where a value is absent.
 */

import { element, shape } from "./dom.ts";
import { grouped, niceStep, type TimeWindow, ticksOf } from "./time-window.ts";

const HEIGHT = 112;
const LEFT = 46;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;

/** One line. */
export interface ChartLine {
  readonly name: string;
  readonly colour: string;
  readonly time: Float64Array;
  readonly values: Float64Array;
}

/** What a chart shows. */
export interface ChartOptions {
  readonly title: string;
  readonly unit: string;
  readonly window: TimeWindow;
  readonly width: number;
  /** Of the axis. */
  readonly least: number;
  readonly most: number;
  readonly lines: readonly ChartLine[];
  /** What one would see. */
  readonly summary: string;
}

/** The chart with its heading. */
export function lineChart(options: ChartOptions): HTMLElement {
  const { title, unit, window, width, least, lines, summary } = options;
  const step = niceStep((options.most - least) / 3);
  const most = least + Math.ceil((options.most - least) / step - 1e-9) * step;
  const x = (time: number) =>
    LEFT + ((time - window.from) / (window.to - window.from)) * (width - LEFT - RIGHT);
  const y = (value: number) =>
    HEIGHT - BOTTOM - ((value - least) / (most - least)) * (HEIGHT - TOP - BOTTOM);
  const picture = shape("svg", {
    class: "chart",
    role: "img",
    "aria-label": `${title}: ${summary}`,
    width,
    height: HEIGHT,
    viewBox: `0 0 ${width} ${HEIGHT}`,
  });
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  for (let value = least; value <= most + step / 2; value += step) {
    const line = { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: "grid" };
    const text = { x: LEFT - 6, y: y(value) + 4, class: "axis-label", "text-anchor": "end" };
    picture.append(shape("line", line), shape("text", text, grouped(value, decimals)));
  }
  for (const { at, label } of ticksOf(window, Math.floor((width - LEFT) / 64))) {
    if (at < window.from) continue;
    const anchor = x(at) > width - 40 ? "end" : "middle";
    const place = { x: x(at), y: HEIGHT - 5, class: "axis-label", "text-anchor": anchor };
    picture.append(shape("text", place, `${label} s`));
  }
  for (const { time, values, colour } of lines) {
    picture.append(
      shape("path", { d: pathOf(time, values, { x, y }), stroke: colour, class: "line" }),
    );
  }
  return element(
    "figure",
    { class: "chart-place" },
    element("figcaption", {}, title, element("span", { class: "soft" }, ` (${unit})`)),
    picture,
  );
}

function pathOf(
  time: Float64Array,
  values: Float64Array,
  { x, y }: { readonly x: (time: number) => number; readonly y: (value: number) => number },
): string {
  let path = "";
  let isDrawing = false;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isNaN(value)) {
      isDrawing = false;
      continue;
    }
    path += `${isDrawing ? "L" : "M"}${x(time[index]!).toFixed(1)} ${y(value).toFixed(1)}`;
    isDrawing = true;
  }
  return path;
}
