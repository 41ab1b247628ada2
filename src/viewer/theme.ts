/**
 * Colours of the page's canvases, which follow the style sheet and so light or dark; those of
 * phases and LLMs are the report's.
 */

import { CAUSE_COLOURS } from "../report/cause-colours.ts";
import { groupStyle, MAX_GROUPS } from "../report/group-style.ts";

/** Colours by phase, as the server numbers them: prefill, mixed, decode. */
export const PHASE_COLOURS = [CAUSE_COLOURS.prefill, "#e0a04a", CAUSE_COLOURS.decode] as const;

/** What canvases take from the style sheet. */
export interface Theme {
  readonly line: string;
  readonly card: string;
  readonly idle: string;
  readonly accent: string;
  readonly dot: string;
}

/** The colours as they are now. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    line: colour("line"),
    card: colour("card"),
    idle: colour("idle"),
    accent: colour("accent"),
    dot: colour("dot"),
  };
}

/** Calls `listener` when the reader changes between light and dark. */
export function onThemeChange(listener: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}

/** The colour of an LLM by its position among those of the page. */
export function llmColour(llm: number): string {
  return groupStyle(llm % MAX_GROUPS).colour;
}

/** `#rrggbb` as a canvas keeps it: 0xAABBGGRR. */
export function pixelOf(colour: string): number {
  const value = Number.parseInt(colour.slice(1), 16);
  const [red, green, blue] = [value >>> 16, (value >>> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
