/**
 * How the groups of a picture are told apart: colours that people with a colour deficiency can
 * tell apart (Okabe and Ito 2008, without yellow, which is faint on white), then other shapes.
 */

import { assert } from "../errors.ts";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#595959"];

/** Symbols, and characters that look like them. */
const GLYPHS = {
  circle: "●",
  triangle: "▲",
  square: "■",
  diamond: "◆",
  star: "★",
  wye: "Y",
} as const;

const SYMBOLS = Object.keys(GLYPHS) as (keyof typeof GLYPHS)[];

/** How the points of a group look. */
export interface GroupStyle {
  readonly colour: string;
  readonly symbol: keyof typeof GLYPHS;
}

/** How many groups one picture can tell apart. */
export const MAX_GROUPS = COLOURS.length * SYMBOLS.length;

/** The style of the group with this index. */
export function groupStyle(index: number): GroupStyle {
  assert(index < MAX_GROUPS, `a picture of more than ${MAX_GROUPS} groups`);
  return {
    colour: COLOURS[index % COLOURS.length]!,
    symbol: SYMBOLS[Math.floor(index / COLOURS.length)]!,
  };
}

/** A symbol as a character. */
export function glyphOf({ symbol }: GroupStyle): string {
  return GLYPHS[symbol];
}
