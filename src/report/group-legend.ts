/**
 * A legend that is also a table: a symbol, a name and a few numbers for each group, in as many
 * columns as fit; what else is drawn is explained in a column of its own on the right.
 */

import * as Plot from "@observablehq/plot";
import type { GroupStyle } from "./group-style.ts";
import type { PicturePosition } from "./plot-picture.ts";
import { shortenText, textWidth } from "./text-width.ts";

/** A line of the legend; one without a style sums up the others. */
export interface LegendEntry {
  readonly name: string;
  readonly style: GroupStyle | undefined;
  readonly numbers: readonly string[];
}

/** Something else that is drawn: a line, a band or a hollow dot. */
export interface LegendKey {
  readonly text: string;
  readonly kind: "line" | "band" | "hollow";
  readonly colour: string;
}

/** What the legend says; every entry has a number for each heading. */
export interface LegendContent {
  readonly headings: readonly string[];
  readonly entries: readonly LegendEntry[];
  readonly keys: readonly LegendKey[];
}

/** Where the legend goes. */
export interface LegendPlace extends PicturePosition {
  readonly width: number;
}

const FONT_SIZE = 12.5;
const ROW_HEIGHT = 20;
const SYMBOL_WIDTH = 20;
const KEY_WIDTH = 32;
const NUMBER_GAP = 18;
const COLUMN_GAP = 40;
const MAX_NAME_WIDTH = 420;
/** So many rows are filled before there is a second column. */
const ROWS_BEFORE_COLUMNS = 4;

/** The marks of a legend, in pixels, and how high it is. */
export function groupLegend(
  content: LegendContent,
  place: LegendPlace,
): { marks: Plot.Markish[]; height: number } {
  const { headings, keys } = content;
  const keysWidth = KEY_WIDTH + widest(keys.map(({ text }) => text));
  const entriesWidth = place.width - keysWidth - COLUMN_GAP;
  const numberWidths = headings.map((heading, index) =>
    widest([heading, ...content.entries.map(({ numbers }) => numbers[index]!)]),
  );
  const numbersWidth = numberWidths.reduce((sum, width) => sum + NUMBER_GAP + width, 0);
  const nameLimit = Math.min(MAX_NAME_WIDTH, entriesWidth - SYMBOL_WIDTH - numbersWidth);
  const entries = content.entries.map((entry) => ({
    ...entry,
    name: shortenText(entry.name, FONT_SIZE, nameLimit),
  }));
  const nameWidth = widest(entries.map(({ name }) => name));
  const columnWidth = SYMBOL_WIDTH + nameWidth + numbersWidth;

  const fitting = Math.floor((entriesWidth + COLUMN_GAP) / (columnWidth + COLUMN_GAP));
  const rows = Math.max(
    Math.ceil(entries.length / Math.max(1, fitting)),
    Math.min(entries.length, ROWS_BEFORE_COLUMNS),
  );
  const columns = Math.ceil(entries.length / rows);
  const rights = numberWidths.map(
    (_, index) =>
      SYMBOL_WIDTH +
      nameWidth +
      numberWidths.slice(0, index + 1).reduce((sum, width) => sum + NUMBER_GAP + width, 0),
  );
  const columnX = (column: number) => place.x + column * (columnWidth + COLUMN_GAP);
  const at = (index: number): PicturePosition => ({
    x: columnX(Math.floor(index / rows)),
    y: place.y + ROW_HEIGHT * (1.5 + (index % rows)),
  });
  const keysAt = { x: place.x + place.width - keysWidth, y: place.y + 1.5 * ROW_HEIGHT };
  const headingMarks = Array.from({ length: columns }, (_, column) =>
    headings.map((heading, index) =>
      label(
        heading,
        { x: columnX(column) + rights[index]!, y: place.y + ROW_HEIGHT / 2 },
        { textAnchor: "end", fill: "#6b6b6b" },
      ),
    ),
  );
  return {
    marks: [
      ...headingMarks.flat(),
      ...entries.flatMap((entry, index) => entryMarks(entry, at(index), rights)),
      ...keys.flatMap((key, index) =>
        keyMarks(key, { x: keysAt.x, y: keysAt.y + index * ROW_HEIGHT }),
      ),
    ],
    height: ROW_HEIGHT * (1 + Math.max(rows, keys.length)),
  };
}

function entryMarks(
  { name, style, numbers }: LegendEntry,
  { x, y }: PicturePosition,
  rights: readonly number[],
): Plot.Markish[] {
  const look = { fontWeight: style === undefined ? 600 : 400 };
  return [
    ...(style === undefined ? [] : [symbolMark(style, { x: x + 6, y })]),
    label(name, { x: x + SYMBOL_WIDTH, y }, look),
    ...numbers.map((number, index) =>
      label(number, { x: x + rights[index]!, y }, { ...look, textAnchor: "end" }),
    ),
  ];
}

function symbolMark({ colour, symbol }: GroupStyle, at: PicturePosition): Plot.Markish {
  return Plot.dot([at], { x: "x", y: "y", r: 4.5, symbol, fill: colour, className: "legend" });
}

function keyMarks(key: LegendKey, { x, y }: PicturePosition): Plot.Markish[] {
  return [keyMark(key, { x, y }), label(key.text, { x: x + KEY_WIDTH, y })];
}

function keyMark({ kind, colour }: LegendKey, { x, y }: PicturePosition): Plot.Markish {
  const right = x + KEY_WIDTH - 10;
  if (kind === "line") {
    return Plot.line(
      [
        [x, y],
        [right, y],
      ],
      { stroke: colour, strokeWidth: 1.25 },
    );
  }
  if (kind === "band") {
    return Plot.rect([{}], { x1: x, x2: right, y1: y - 6, y2: y + 6, fill: colour });
  }
  return Plot.dot([{ x: (x + right) / 2, y }], {
    x: "x",
    y: "y",
    r: 3.5,
    stroke: colour,
    strokeWidth: 1.5,
    fill: "white",
  });
}

function label(text: string, at: PicturePosition, options: Plot.TextOptions = {}): Plot.Markish {
  return Plot.text([at], {
    x: "x",
    y: "y",
    text: () => text,
    textAnchor: "start",
    fontSize: FONT_SIZE,
    fill: "#222",
    ...options,
  });
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => textWidth(text, FONT_SIZE)));
}
