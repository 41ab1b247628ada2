/**
 * Which LLM runs where: a box for each GPU, filled from left to right by the shares of its tenants,
 * with a bar below for its memory; boxes of a fast domain stand on one ground, nodes are rows.
 * Ranks of one TP group bear its number. An SVG document that depends on its input alone.
 */

import * as Plot from "@observablehq/plot";
import { UserError } from "../errors.ts";
import { groupStyle } from "./group-style.ts";
import { paragraphs } from "./paragraphs.ts";
import { drawPicture } from "./plot-picture.ts";
import { shortenText, textWidth } from "./text-width.ts";

/** A part of a GPU that an instance has. */
export interface PlacedTenant {
  /** Position in `llms`. */
  readonly llm: number;
  readonly share: number;
  /** Part of the GPU's memory; undefined where it is not known: no tenant's is drawn then. */
  readonly memory?: number;
  /** Number of its TP group within the LLM; undefined for an instance on one GPU. */
  readonly tpGroup?: number | undefined;
}

/** A GPU with its tenants. */
export interface PlacedGpu {
  readonly node: number;
  readonly domain: number;
  readonly tenants: readonly PlacedTenant[];
}

/** What is drawn: GPUs node by node, and within them domain by domain. */
export interface PlacementPicture {
  readonly title: string;
  readonly subtitle?: string | undefined;
  readonly nodes: readonly string[];
  /** Names of the LLMs; at most as many as groups can be told apart. */
  readonly llms: readonly string[];
  readonly gpus: readonly PlacedGpu[];
}

const MARGIN = 24;
const MIN_WIDTH = 480;
const LABEL_WIDTH = 72;
const BOX = { width: 112, height: 46, gap: 6 };
const MEMORY_HEIGHT = 7;
const DOMAIN_PADDING = 6;
const DOMAIN_GAP = 10;
const ROW_HEIGHT = BOX.height + MEMORY_HEIGHT + 2 + 2 * DOMAIN_PADDING + 10;
const LEGEND_ROW = 20;
const COLOURS = { domain: "#eceff1", free: "#ffffff", frame: "#90a4ae", text: "#222" };

const FOOTNOTES = {
  shares: "Width: share of the SMs. #n: ranks of a TP group.",
  memory: "Width: share of the SMs; thin bar: memory given to the tenant. #n: ranks of a TP group.",
};

/** What all GPUs are drawn with. */
interface Look {
  readonly llms: readonly string[];
  readonly hasMemory: boolean;
}

/** A rectangle in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The picture as SVG; without a GPU there is none: a UserError. */
export function placementPicture(input: PlacementPicture): string {
  const { nodes, gpus, llms } = input;
  if (gpus.length === 0) {
    throw new UserError("there is no GPU to draw", { hint: "give a cluster with GPUs" });
  }
  const rows = nodes.map((name, node) => ({ name, gpus: gpus.filter((gpu) => gpu.node === node) }));
  const width = Math.max(MIN_WIDTH, ...rows.map((row) => rowWidth(row.gpus)));
  const place = { x: MARGIN, y: MARGIN, width: width - 2 * MARGIN };
  const head = paragraphs(
    [
      { text: input.title, fontSize: 19, fontWeight: 600, fill: "#111" },
      { text: input.subtitle ?? "", fontSize: 13.5, fontWeight: 400, fill: "#555" },
    ],
    place,
  );
  const legend = legendMarks(llms, { ...place, y: head.end + 6 });
  const top = legend.end + 10;
  const hasMemory = gpus.every(({ tenants }) =>
    tenants.every(({ memory }) => memory !== undefined),
  );
  const look = { llms, hasMemory };
  const marks = rows.flatMap((row, index) => nodeMarks(row, top + index * ROW_HEIGHT, look));
  const foot = paragraphs(
    [
      {
        text: hasMemory ? FOOTNOTES.memory : FOOTNOTES.shares,
        fontSize: 12,
        fontWeight: 400,
        fill: "#555",
      },
    ],
    { ...place, y: top + rows.length * ROW_HEIGHT },
  );
  return drawPicture(
    { width, height: foot.end + MARGIN / 2, marks: [head.marks, legend.marks, marks, foot.marks] },
    [],
  );
}

function rowWidth(gpus: readonly PlacedGpu[]): number {
  const domains = new Set(gpus.map(({ domain }) => domain)).size;
  const boxes = gpus.length * (BOX.width + BOX.gap) - domains * BOX.gap;
  return (
    2 * MARGIN + LABEL_WIDTH + boxes + domains * 2 * DOMAIN_PADDING + (domains - 1) * DOMAIN_GAP
  );
}

/** One node: its name, the grounds of its domains, its GPUs. */
function nodeMarks(
  { name, gpus }: { readonly name: string; readonly gpus: readonly PlacedGpu[] },
  y: number,
  look: Look,
): Plot.Markish[] {
  const label = shortenText(name, 12.5, LABEL_WIDTH - 8);
  const middle = y + DOMAIN_PADDING + BOX.height / 2;
  const marks: Plot.Markish[] = [text(label, { x: MARGIN, y: middle }, { textAnchor: "start" })];
  let x = MARGIN + LABEL_WIDTH;
  for (const domain of new Set(gpus.map((gpu) => gpu.domain))) {
    const own = gpus.filter((gpu) => gpu.domain === domain);
    const width = own.length * (BOX.width + BOX.gap) - BOX.gap + 2 * DOMAIN_PADDING;
    const height = BOX.height + 2 + MEMORY_HEIGHT + 2 * DOMAIN_PADDING;
    marks.push(rectangle({ x, y, width, height }, { fill: COLOURS.domain, rx: 4 }));
    own.forEach((gpu, index) => {
      const left = x + DOMAIN_PADDING + index * (BOX.width + BOX.gap);
      marks.push(...gpuMarks(gpu, { x: left, y: y + DOMAIN_PADDING }, look));
    });
    x += width + DOMAIN_GAP;
  }
  return marks;
}

function gpuMarks(
  { tenants }: PlacedGpu,
  at: { readonly x: number; readonly y: number },
  { llms, hasMemory }: Look,
): Plot.Markish[] {
  const box = { ...at, width: BOX.width, height: BOX.height };
  const bar = { ...box, y: at.y + BOX.height + 2, height: MEMORY_HEIGHT };
  const whole = Math.max(
    1,
    tenants.reduce((sum, { share }) => sum + share, 0),
  );
  const areas = hasMemory ? [box, bar] : [box];
  const marks = areas.map((area) => rectangle(area, { fill: COLOURS.free }));
  let left = box.x;
  let memoryLeft = bar.x;
  for (const tenant of tenants) {
    const { colour } = groupStyle(tenant.llm);
    const part = { ...box, x: left, width: (tenant.share / whole) * box.width };
    marks.push(
      rectangle(part, { fill: colour, stroke: "white" }),
      ...tenantLabels(tenant, part, llms),
    );
    left += part.width;
    if (tenant.memory === undefined) continue;
    const memory = { ...bar, x: memoryLeft, width: tenant.memory * bar.width };
    marks.push(
      rectangle(memory, { fill: colour, fillOpacity: 0.75, stroke: "white", strokeWidth: 0.5 }),
    );
    memoryLeft += memory.width;
  }
  const frames = areas.map((area) => rectangle(area, { stroke: COLOURS.frame, fill: "none" }));
  return [...marks, ...frames];
}

/** The name of the LLM, and its share or its TP group, as far as there is room. */
function tenantLabels(
  { llm, share, tpGroup }: PlacedTenant,
  { x, y, width, height }: Box,
  llms: readonly string[],
): Plot.Markish[] {
  const middle = x + width / 2;
  const look = { fill: "white", fontWeight: 600 };
  const name = shortenText(llms[llm]!, 11, width - 6);
  const group = tpGroup === undefined ? "" : `#${tpGroup}`;
  const percent = `${Number((100 * share).toFixed(1))} %`;
  const details = [`${percent} ${group}`.trim(), group];
  const detail = details.find((words) => textWidth(words, 10.5) <= width - 4) ?? "";
  return [
    ...(name.length >= Math.min(5, llms[llm]!.length)
      ? [text(name, { x: middle, y: y + height * 0.36 }, { ...look, fontSize: 11 })]
      : []),
    text(detail, { x: middle, y: y + height * 0.7 }, { ...look, fontSize: 10.5, fontWeight: 400 }),
  ];
}

/** Squares with the names of the LLMs, in lines as wide as the picture. */
function legendMarks(
  llms: readonly string[],
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): { marks: Plot.Markish[]; end: number } {
  const marks: Plot.Markish[] = [];
  let left = x;
  let line = y + LEGEND_ROW / 2;
  llms.forEach((name, llm) => {
    const short = shortenText(name, 12.5, width - 20);
    const entry = 20 + textWidth(short, 12.5) + 18;
    if (left > x && left + entry > x + width) {
      left = x;
      line += LEGEND_ROW;
    }
    const square = { x: left, y: line - 6, width: 12, height: 12 };
    marks.push(
      rectangle(square, { fill: groupStyle(llm).colour }),
      text(short, { x: left + 18, y: line }, { textAnchor: "start" }),
    );
    left += entry;
  });
  return { marks, end: line + LEGEND_ROW / 2 };
}

function rectangle({ x, y, width, height }: Box, options: Plot.RectOptions): Plot.Markish {
  return Plot.rect([{}], { x1: x, x2: x + width, y1: y, y2: y + height, ...options });
}

function text(
  words: string,
  at: { readonly x: number; readonly y: number },
  options: Plot.TextOptions = {},
): Plot.Markish {
  const look = { fontSize: 12.5, fill: COLOURS.text, ...options };
  return Plot.text([at], { x: "x", y: "y", text: () => words, ...look });
}
