/**
 * A workflow as nested boxes, from top to bottom: calls in the colour of their LLM, tools white,
 * loops, branches and parallels as frames around what they hold. An SVG document that depends on
 * its input alone.
 */

import * as Plot from "@observablehq/plot";
import { groupStyle } from "./group-style.ts";
import { paragraphs } from "./paragraphs.ts";
import { drawPicture } from "./plot-picture.ts";
import { shortenText } from "./text-width.ts";

/** A step with what is inside it; `llm` is a position in `llms`. */
export interface PicturedStep {
  readonly title: string;
  readonly detail: string;
  readonly llm?: number;
  readonly steps: readonly PicturedStep[];
}

/** What is drawn. */
export interface WorkflowPicture {
  readonly title: string;
  readonly subtitle: string;
  readonly llms: readonly { readonly name: string; readonly detail: string }[];
  readonly steps: readonly PicturedStep[];
}

const MARGIN = 24;
const WIDTH = 620;
const ROW = 44;
const GAP = 8;
const HEAD = 24;
const PADDING = 12;
const COLOURS = { frame: "#90a4ae", ground: "#f4f6f7", tool: "#ffffff", text: "#222" };

/** Where boxes go. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The picture as SVG. */
export function workflowPicture({ title, subtitle, llms, steps }: WorkflowPicture): string {
  const place = { x: MARGIN, y: MARGIN, width: WIDTH - 2 * MARGIN };
  const head = paragraphs(
    [
      { text: title, fontSize: 19, fontWeight: 600, fill: "#111" },
      { text: subtitle, fontSize: 13.5, fontWeight: 400, fill: "#555" },
    ],
    place,
  );
  const legend = llms.flatMap(({ name, detail }, index) => {
    const y = head.end + 14 + 20 * index;
    const { colour } = groupStyle(index);
    const square = { x: MARGIN, y: y - 6, width: 12, height: 12 };
    const words = shortenText(`${name}: ${detail}`, 12.5, place.width - 20);
    return [box(square, { fill: colour }), text(words, MARGIN + 20, y)];
  });
  const top = head.end + 20 * llms.length + 16;
  const body = stack(steps, { ...place, y: top });
  return drawPicture(
    { width: WIDTH, height: body.end + MARGIN, marks: [head.marks, legend, body.marks] },
    [],
  );
}

/** Steps one below another, and where they end. */
function stack(
  steps: readonly PicturedStep[],
  place: Place,
): { readonly marks: Plot.Markish[]; readonly end: number } {
  const marks: Plot.Markish[] = [];
  let { y } = place;
  for (const step of steps) {
    const drawn =
      step.steps.length === 0 ? leaf(step, { ...place, y }) : frame(step, { ...place, y });
    marks.push(...drawn.marks);
    y = drawn.end + GAP;
  }
  return { marks, end: steps.length === 0 ? y : y - GAP };
}

/** A call or a tool. */
function leaf({ title, detail, llm }: PicturedStep, place: Place) {
  const { x, y, width } = place;
  const isCall = llm !== undefined;
  const fill = isCall ? groupStyle(llm).colour : COLOURS.tool;
  const ink = isCall ? "white" : COLOURS.text;
  const marks = [
    box({ ...place, height: ROW }, { fill, stroke: isCall ? fill : COLOURS.frame, rx: 5 }),
    text(shortenText(title, 13, width - 20), x + 10, y + 15, {
      fill: ink,
      fontWeight: 600,
      fontSize: 13,
    }),
    text(shortenText(detail, 12, width - 20), x + 10, y + 31, { fill: ink, fontSize: 12 }),
  ];
  return { marks, end: y + ROW };
}

/** A construct around its steps. */
function frame({ title, detail, steps }: PicturedStep, place: Place) {
  const { x, y, width } = place;
  const inside = { x: x + PADDING, y: y + HEAD, width: width - 2 * PADDING };
  const body = stack(steps, inside);
  const end = body.end + PADDING;
  const words = shortenText(`${title} ${detail}`.trim(), 12.5, width - 20);
  const marks = [
    box({ ...place, height: end - y }, { fill: COLOURS.ground, stroke: COLOURS.frame, rx: 5 }),
    text(words, x + 10, y + HEAD / 2 + 1, { fontWeight: 600 }),
    ...body.marks,
  ];
  return { marks, end };
}

function box(area: Place & { readonly height: number }, look: Plot.RectOptions): Plot.Markish {
  const { x, y, width, height } = area;
  return Plot.rect([{ x1: x, x2: x + width, y1: y, y2: y + height }], {
    x1: "x1",
    x2: "x2",
    y1: "y1",
    y2: "y2",
    ...look,
  });
}

function text(words: string, x: number, y: number, look: Plot.TextOptions = {}): Plot.Markish {
  return Plot.text([{ x, y }], {
    x: "x",
    y: "y",
    text: () => words,
    textAnchor: "start",
    fontSize: 12.5,
    fill: COLOURS.text,
    ...look,
  });
}
