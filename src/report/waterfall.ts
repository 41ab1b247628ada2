/**
 * From one number to another in steps: a small waterfall for each case, its ends as grey bars from
 * zero, its steps as floating bars, red where they add and blue where they take away. An SVG
 * document that depends on its input alone.
 */

import * as Plot from "@observablehq/plot";
import { UserError } from "../errors.ts";
import { paragraphs } from "./paragraphs.ts";
import { drawPicture, type PicturePanel } from "./plot-picture.ts";

/** One case: `start` and the values of the steps sum to `end`. */
export interface WaterfallCase {
  readonly name: string;
  readonly start: number;
  /** By step, in the order of `steps`. */
  readonly values: readonly number[];
  readonly end: number;
}

/** What is drawn. */
export interface Waterfall {
  readonly title: string;
  readonly subtitle: string;
  /** What is on the axes, with its unit. */
  readonly quantity: string;
  readonly startName: string;
  readonly steps: readonly string[];
  readonly endName: string;
  readonly cases: readonly WaterfallCase[];
}

const MARGIN = 24;
const PANEL = { width: 420, height: 230, gap: 16 };
const COLUMNS = 2;
const COLOURS = { end: "#78909c", more: "#d55e00", less: "#0072b2", text: "#222" };

/** One bar, from `low` to `high`, with what is written over it. */
interface Bar {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly label: string;
  readonly fill: string;
}

/** The picture as SVG; without a case there is none: a UserError. */
export function waterfall(input: Waterfall): string {
  const { cases } = input;
  if (cases.length === 0) {
    throw new UserError("there is nothing to draw a waterfall of", {
      hint: "the prediction that is taken apart needs a rate that it can answer",
    });
  }
  const columns = Math.min(COLUMNS, cases.length);
  const width = 2 * MARGIN + columns * PANEL.width + (columns - 1) * PANEL.gap;
  const head = paragraphs(
    [
      { text: input.title, fontSize: 19, fontWeight: 600, fill: "#111" },
      { text: input.subtitle, fontSize: 13.5, fontWeight: 400, fill: "#555" },
    ],
    { x: MARGIN, y: MARGIN, width: width - 2 * MARGIN },
  );
  const panels = cases.map((each, index): PicturePanel => {
    const column = index % columns;
    const row = Math.floor(index / columns);
    return {
      x: MARGIN + column * (PANEL.width + PANEL.gap),
      y: head.end + 12 + row * (PANEL.height + PANEL.gap),
      plot: panel(each, input),
    };
  });
  const rows = Math.ceil(cases.length / columns);
  const height = head.end + 12 + rows * (PANEL.height + PANEL.gap) + MARGIN / 2;
  return drawPicture({ width, height, marks: head.marks }, panels);
}

function panel(each: WaterfallCase, input: Waterfall): Plot.PlotOptions {
  const bars = barsOf(each, input);
  const top = Math.max(...bars.map(({ high }) => high));
  const bottom = Math.min(0, ...bars.map(({ low }) => low));
  return {
    width: PANEL.width,
    height: PANEL.height,
    marginLeft: 46,
    marginRight: 8,
    marginTop: 44,
    marginBottom: 24,
    x: {
      type: "band",
      domain: bars.map(({ name }) => name),
      label: null,
      tickSize: 0,
      padding: 0.2,
    },
    y: { domain: [bottom, top === bottom ? 1 : top], label: input.quantity, ticks: 4, grid: true },
    marks: [
      Plot.rectY(bars, { x: "name", y1: "low", y2: "high", fill: (bar: Bar) => bar.fill }),
      Plot.ruleY([0], { stroke: "#555" }),
      Plot.text(bars, {
        x: "name",
        y: "high",
        text: "label",
        dy: -7,
        fontSize: 11,
        fill: COLOURS.text,
      }),
      Plot.text([each.name], {
        frameAnchor: "top",
        dy: -36,
        fontSize: 13,
        fontWeight: 600,
        fill: COLOURS.text,
      }),
    ],
  };
}

/** The bars of a case, left to right. */
function barsOf(each: WaterfallCase, { startName, steps, endName }: Waterfall): Bar[] {
  const whole = (name: string, value: number): Bar => {
    return { name, low: 0, high: value, label: formatted(value), fill: COLOURS.end };
  };
  let level = each.start;
  const floating = steps.map((name, step): Bar => {
    const value = each.values[step]!;
    const from = level;
    level += value;
    return {
      name,
      low: Math.min(from, level),
      high: Math.max(from, level),
      label: `${value < 0 ? "−" : "+"}${formatted(Math.abs(value))}`,
      fill: value < 0 ? COLOURS.less : COLOURS.more,
    };
  });
  return [whole(startName, each.start), ...floating, whole(endName, each.end)];
}

/** Three digits, without an exponent. */
function formatted(value: number): string {
  if (value < 0.0005) return "0";
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
