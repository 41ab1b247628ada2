/**
 * Draws with Observable Plot outside a browser, into SVG that depends on the options alone and
 * that resvg understands: no style sheet, no HTML, no ids, coordinates to a hundredth of a pixel.
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** The type used for all text; viewers without it fall back on their own. */
const FONT_FAMILY = "Inter, system-ui, sans-serif";

/** A place on the picture, in pixels from its top left corner. */
export interface PicturePosition {
  readonly x: number;
  readonly y: number;
}

/** A chart and where it goes on a larger picture. */
export interface PicturePanel extends PicturePosition {
  readonly plot: Plot.PlotOptions;
}

/** What is drawn besides the panels, in pixels: legends, titles, notes. */
export interface PictureFrame {
  readonly width: number;
  readonly height: number;
  readonly marks: Plot.Markish[];
}

/** A self-contained SVG document of `panels` within `frame`, on white. */
export function drawPicture(frame: PictureFrame, panels: readonly PicturePanel[]): string {
  const root = drawPlot({
    width: frame.width,
    height: frame.height,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    marks: frame.marks,
  });
  root.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  root.setAttribute("style", "background: white");
  for (const { x, y, plot } of panels) {
    const panel = drawPlot(plot);
    panel.setAttribute("x", String(x));
    panel.setAttribute("y", String(y));
    // A label at the end of an axis may need room outside.
    panel.setAttribute("overflow", "visible");
    root.append(panel);
  }
  return `${roundCoordinates(root.outerHTML)}\n`;
}

/** A chart within a page: an SVG element without a ground, on the colours of the page. */
export function drawChart(plot: Plot.PlotOptions): string {
  const chart = drawPlot(plot);
  chart.setAttribute("font-size", "12");
  return roundCoordinates(chart.outerHTML);
}

/** The part of a DOM element that is needed here: the project is checked without DOM types. */
interface SvgElement {
  readonly outerHTML: string;
  append(child: SvgElement): void;
  remove(): void;
  querySelector(selector: string): SvgElement | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}

function drawPlot(options: Plot.PlotOptions): SvgElement {
  const { document } = parseHTML("<!doctype html><html></html>");
  const svg = Plot.plot({ ...options, document }) as SvgElement;
  svg.querySelector("style")?.remove();
  svg.removeAttribute("class");
  svg.setAttribute("font-family", FONT_FAMILY);
  // The colour that "currentColor" stands for.
  svg.setAttribute("color", "#222");
  return svg;
}

/** Rounds numbers within tags; text is left as it is. */
function roundCoordinates(svg: string): string {
  return svg.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/-?\d+\.\d{3,}(?:e[-+]?\d+)?/g, (number) =>
      String(Math.round(Number(number) * 100) / 100),
    ),
  );
}
