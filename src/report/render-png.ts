/**
 * SVG to PNG, with the fonts that come with sim and no others: the same pixels on every machine.
 */

import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { assert } from "../errors.ts";

const FONT_FILES = [
  "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
];

/** Pixels of the PNG for one of the SVG. */
const ZOOM = 2;

/** The picture as a PNG of twice its size. */
export function renderPng(svg: string): Uint8Array {
  const { resolve } = createRequire(import.meta.url);
  const font = {
    loadSystemFonts: false,
    fontFiles: FONT_FILES.map((file) => resolve(file)),
    defaultFontFamily: "Inter",
    sansSerifFamily: "Inter",
  };
  // Text whose font is missing is left out without a word.
  for (const weight of [400, 600]) {
    const text = new Resvg(textSample(weight), { font });
    assert(text.getBBox() !== undefined, `the font of the pictures, weight ${weight}, is missing`);
  }
  const picture = new Resvg(svg, { font, fitTo: { mode: "zoom", value: ZOOM } });
  return picture.render().asPng();
}

function textSample(weight: number): string {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">' +
    `<text x="2" y="15" font-family="Inter" font-weight="${weight}">sim</text></svg>`
  );
}
