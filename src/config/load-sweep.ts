/**
 * Loads a sweep file and lists its points: the combinations of each grid in its order, then the
 * points that are listed themselves. Absolute rates and loads of a grid are one axis.
 */

import { dirname, isAbsolute, resolve } from "node:path";
import { isPath } from "./catalog.ts";
import { displayPath } from "./input-file.ts";
import type { Path } from "./schema-problems.ts";
import { type Grid, OPTION_NAMES, type PointOptions, sweepSchema } from "./sweep-schema.ts";
import { nameOfFile, readYamlFile, type YamlFile } from "./yaml-file.ts";

/** One point, and where its options stand in the file. */
export interface DeclaredPoint {
  readonly options: PointOptions;
  readonly path: Path;
  readonly paths: ReadonlyMap<keyof PointOptions, Path>;
}

/** A sweep file as read. */
export interface DeclaredSweep {
  readonly name: string;
  readonly points: readonly DeclaredPoint[];
  readonly locate: YamlFile<unknown>["locate"];
}

/** One value of an axis. */
interface Choice {
  readonly name: keyof PointOptions;
  readonly value: unknown;
  readonly path: Path;
}

/** Options that may name files, which are looked for beside the sweep file. */
const FILES = ["workload", "cluster", "plan", "profiles", "engine"] as const;

/** Reads a sweep file; the same point may be listed more than once. */
export function loadSweep(path: string): DeclaredSweep {
  const { value, locate } = readYamlFile(path, sweepSchema);
  const grids = value.grid === undefined ? [] : [value.grid].flat();
  const points = grids.flatMap((grid, index) =>
    expand(grid, Array.isArray(value.grid) ? ["grid", index] : ["grid"]),
  );
  const listed = (value.points ?? []) as readonly PointOptions[];
  listed.forEach((options, index) => {
    const at = ["points", index];
    const names = OPTION_NAMES.filter((name) => options[name] !== undefined);
    points.push({ options, path: at, paths: new Map(names.map((name) => [name, [...at, name]])) });
  });
  const folder = dirname(path);
  const placed = points.map((point) => ({ ...point, options: besideFile(point.options, folder) }));
  return { name: nameOfFile(path), points: placed, locate };
}

/** Every combination of a grid. */
function expand(grid: Grid, path: Path): DeclaredPoint[] {
  let rows: Choice[][] = [[]];
  for (const axis of axesOf(grid, path)) {
    rows = rows.flatMap((row) => axis.map((choice) => [...row, choice]));
  }
  return rows.map((row) => ({
    // The schema checked every value under its name.
    options: Object.fromEntries(row.map(({ name, value }) => [name, value])) as PointOptions,
    path,
    paths: new Map(row.map((choice) => [choice.name, choice.path])),
  }));
}

function axesOf(grid: Grid, path: Path): Choice[][] {
  const axes: Choice[][] = [];
  for (const name of OPTION_NAMES) {
    const given: unknown = grid[name];
    if (given === undefined) continue;
    const isList = Array.isArray(given);
    const choices = [given].flat().map((value: unknown, index) => {
      return { name, value, path: isList ? [...path, name, index] : [...path, name] };
    });
    if (name === "load" && grid.rate !== undefined) axes.at(-1)!.push(...choices);
    else axes.push(choices);
  }
  return axes;
}

/** Relative paths start from the folder of the sweep file. */
function besideFile(options: PointOptions, folder: string): PointOptions {
  const place = (spec: string) => {
    const path = displayPath(resolve(folder, spec));
    return isAbsolute(path) ? path : `./${path}`;
  };
  const moved: Partial<Record<(typeof FILES)[number], string>> = {};
  for (const name of FILES) {
    const spec = options[name];
    if (spec === undefined) continue;
    // Traces are workloads too.
    const isFile =
      name === "plan" || name === "profiles" || isPath(spec) || /\.(?:jsonl|ndjson)$/i.test(spec);
    if (isFile) moved[name] = place(spec);
  }
  if (options.llm === undefined) return { ...options, ...moved };
  const models = Object.entries(options.llm).map(([llm, model]) => {
    return [llm, isPath(model) ? place(model) : model];
  });
  return { ...options, ...moved, llm: Object.fromEntries(models) };
}
