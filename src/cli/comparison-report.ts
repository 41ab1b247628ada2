/** What every comparison with measurements leaves: a table or JSON on stdout, and a picture. */

import { join } from "node:path";
import { byGroup, type Comparison } from "../experiment/validation/errors-by-group.ts";
import type { MeasuredScatter } from "../report/measured-scatter.ts";
import type { Waterfall } from "../report/waterfall.ts";

/** Options that these commands have in common. */
export interface ComparisonOptions {
  readonly json?: boolean;
  /** Directory of the picture. */
  readonly out: string;
}

/** A picture and the name of its files. */
interface ComparisonPicture extends MeasuredScatter {
  readonly name: string;
  /** Drawn as a picture of its own, unless there is nothing to draw. */
  readonly waterfall?: Waterfall;
}

/** Prints `document` as JSON, or `text`, and draws the picture. */
export async function reportComparison(
  { json, out }: ComparisonOptions,
  document: object,
  text: string,
  { name, waterfall: steps, ...scatter }: ComparisonPicture,
): Promise<void> {
  const { measuredScatter } = await import("../report/measured-scatter.ts");
  const { writePicture } = await import("../report/write-picture.ts");
  writePicture(out, name, measuredScatter(scatter));
  const picture = join(out, `${name}.png`);
  const pictures = [picture];
  if (steps !== undefined && steps.cases.length > 0) {
    const { waterfall } = await import("../report/waterfall.ts");
    pictures.push(writePicture(out, `${name}-residuals`, waterfall(steps)).png);
  }
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ ...document, picture }, null, 2)}\n`
      : `${text}Picture: ${pictures.map((path) => `${path} and .svg`).join(", ")}\n`,
  );
}

/** Comparisons as the groups of a picture. */
export function picturedGroups(comparisons: readonly Comparison[]): MeasuredScatter["groups"] {
  return [...byGroup(comparisons)].map(([name, points]) => ({ name, points }));
}
