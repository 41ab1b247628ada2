/**
 * `sim figures`: the figures, each as a table, SVG and PNG; or drawn again from their tables.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { COMPUTED } from "../experiment/figures/all.ts";
import { FigureContext } from "../experiment/figures/figure.ts";
import { createPool } from "../experiment/workers.ts";
import { readFigureTable, writeFigureTable } from "../records/figure-table.ts";
import { createProgress } from "./progress.ts";
import { parseCount } from "./values.ts";

/** As commander gives them. */
export interface FiguresOptions {
  readonly quick?: boolean;
  readonly out: string;
  readonly from?: string;
  readonly workers?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Makes or redraws figures. */
export async function figuresCommand(
  names: readonly string[],
  options: FiguresOptions,
): Promise<void> {
  const wanted = names.length > 0 ? [...new Set(names)] : undefined;
  const figures =
    options.from === undefined
      ? await make(wanted ?? Object.keys(COMPUTED), options)
      : await redraw(wanted ?? tablesIn(options.from), options.from, options.out);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ figures }, null, 2)}\n`
      : figures.map(({ title, png }) => `${title}: ${png}\n`).join(""),
  );
}

/** A figure that was drawn. */
interface DrawnFigure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly table: string;
  readonly svg: string;
  readonly png: string;
  readonly wall_seconds: number;
}

async function make(ids: readonly string[], options: FiguresOptions): Promise<DrawnFigure[]> {
  const { workers } = options;
  const count = workers === undefined ? undefined : parseCount("--workers", workers, 1);
  const progress = await createProgress(options.quiet === true || options.json === true);
  const pool = await createPool(count);
  const context = new FigureContext({ isQuick: options.quick === true, pool });
  const figures: DrawnFigure[] = [];
  try {
    for (const [index, id] of ids.entries()) {
      progress.update(id, index / ids.length);
      const started = performance.now();
      await writeFigureTable(options.out, id, await COMPUTED[id]!(context));
      figures.push(await draw(id, { from: options.out, out: options.out, started }));
    }
  } finally {
    progress.stop();
    await pool.close();
  }
  return figures;
}

async function redraw(ids: readonly string[], from: string, out: string): Promise<DrawnFigure[]> {
  const figures: DrawnFigure[] = [];
  for (const id of ids) figures.push(await draw(id, { from, out, started: performance.now() }));
  return figures;
}

/** Always from the file, so that a redrawn figure is the same. */
async function draw(
  id: string,
  { from, out, started }: { readonly from: string; readonly out: string; readonly started: number },
): Promise<DrawnFigure> {
  const { DRAWN } = await import("../report/figures/all.ts");
  const { writePicture } = await import("../report/write-picture.ts");
  const table = readFigureTable(from, id);
  const files = writePicture(out, id, DRAWN[id]!(table));
  return {
    id,
    title: table.title,
    caption: table.caption,
    table: join(from, `${id}.arrow`),
    ...files,
    wall_seconds: (performance.now() - started) / 1000,
  };
}

/** The figures whose tables a directory has. */
function tablesIn(directory: string): string[] {
  let files: string[];
  try {
    files = readdirSync(directory);
  } catch (error) {
    throw new UserError(`${directory} cannot be read: ${(error as Error).message}`);
  }
  const ids = Object.keys(COMPUTED).filter((id) => files.includes(`${id}.arrow`));
  if (ids.length > 0) return ids;
  throw new UserError(`${directory} has no table of a figure`, {
    hint: "make them with `sim figures --out DIR`",
  });
}
