/**
 * LLMs as small letters on their colours, as printed plans have them.
 */

import { element } from "./dom.ts";
import { llmColour, pixelOf } from "./theme.ts";

/** Below this relative luminance (WCAG 2) white is read better than black. */
const DARK = 0.179;

/** The chip of an LLM by its position among those of the page. */
export function llmChip(llm: number): HTMLElement {
  const chip = element("i", { class: "chip", "aria-hidden": "true" }, llmLetter(llm));
  const colour = llmColour(llm);
  chip.style.background = colour;
  chip.style.color = luminance(colour) < DARK ? "#fff" : "#000";
  return chip;
}

/** A, B, … Z, AA, … */
function llmLetter(llm: number): string {
  const letter = String.fromCharCode(65 + (llm % 26));
  return llm < 26 ? letter : llmLetter(Math.floor(llm / 26) - 1) + letter;
}

function luminance(colour: string): number {
  const pixel = pixelOf(colour);
  const part = (shift: number) => {
    const value = ((pixel >>> shift) & 255) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(0) + 0.7152 * part(8) + 0.0722 * part(16);
}
