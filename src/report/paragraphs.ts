/** Titles and notes of a picture: paragraphs that are wrapped, one below another. */

import * as Plot from "@observablehq/plot";
import type { PicturePosition } from "./plot-picture.ts";
import { wrapText } from "./text-width.ts";

/** A text with its look; an empty one takes no room. */
export interface Paragraph {
  readonly text: string;
  readonly fontSize: number;
  readonly fontWeight: number;
  readonly fill: string;
}

/** The marks of paragraphs within `width` pixels; `end` is where they end. */
export function paragraphs(
  list: readonly Paragraph[],
  { x, y, width }: PicturePosition & { readonly width: number },
): { marks: Plot.Markish[]; end: number } {
  const marks: Plot.Markish[] = [];
  let end = y;
  for (const { text, ...look } of list) {
    for (const line of wrapText(text, look.fontSize, width)) {
      marks.push(
        Plot.text([{ x, y: end + 0.65 * look.fontSize }], {
          x: "x",
          y: "y",
          text: () => line,
          textAnchor: "start",
          ...look,
        }),
      );
      end += 1.45 * look.fontSize;
    }
  }
  return { marks, end };
}
