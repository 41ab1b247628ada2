/**
 * The layers of src: one row a layer, and what each folder may import. The order is the one of
 * ARCHITECTURE.md. Files of one folder import one another freely.
 */

import { builtinModules } from "node:module";
import { importsOf } from "./modules.ts";
import { lineAt, type SourceFile } from "./source.ts";

/** One folder of src, or one file directly in it. */
export interface Layer {
  readonly row: number;
  /** Name below src, of a folder or of a file. */
  readonly name: string;
  /** Names of layers or single files below src; "all" for anything. */
  readonly mayImport: readonly string[] | "all";
}

const BASE = ["errors.ts", "units.ts"];
const SYSTEM = [...BASE, "hardware", "llm", "deployment"];
const PREDICTION = [...SYSTEM, "workflow", "serving/request.ts"];
const SIMULATOR = [...SYSTEM, "engine", "serving", "workflow"];
const ROWS_0_TO_8 = [...SIMULATOR, "predictor", "planner", "baselines"];
const INPUT_OUTPUT = ["config", "records", "trace-import", "proxy", "calibration"];

/** The table: who may import whom. */
export const LAYERS: readonly Layer[] = [
  { row: 0, name: "errors.ts", mayImport: [] },
  { row: 0, name: "units.ts", mayImport: [] },
  { row: 1, name: "engine", mayImport: BASE },
  { row: 2, name: "hardware", mayImport: BASE },
  { row: 3, name: "llm", mayImport: [...BASE, "hardware"] },
  { row: 4, name: "deployment", mayImport: [...BASE, "hardware", "llm"] },
  { row: 5, name: "serving", mayImport: [...SYSTEM, "engine"] },
  { row: 6, name: "workflow", mayImport: [...BASE, "engine", "serving/request.ts"] },
  { row: 7, name: "predictor", mayImport: PREDICTION },
  { row: 8, name: "planner", mayImport: [...PREDICTION, "predictor"] },
  { row: 8, name: "baselines", mayImport: [...PREDICTION, "predictor", "planner"] },
  { row: 9, name: "config", mayImport: ROWS_0_TO_8 },
  { row: 9, name: "records", mayImport: ROWS_0_TO_8 },
  { row: 9, name: "trace-import", mayImport: ROWS_0_TO_8 },
  { row: 9, name: "proxy", mayImport: ROWS_0_TO_8 },
  { row: 9, name: "calibration", mayImport: [...BASE, "hardware", "llm"] },
  { row: 10, name: "experiment", mayImport: [...ROWS_0_TO_8, ...INPUT_OUTPUT] },
  { row: 11, name: "report", mayImport: [...BASE, "records"] },
  { row: 12, name: "view-server", mayImport: [...BASE, "records"] },
  {
    row: 12,
    name: "viewer",
    mayImport: [
      ...BASE,
      ...["cause-colours", "group-style", "placed-calls"].map((name) => `report/${name}.ts`),
      ...["column-message", "run-document"].map((name) => `view-server/${name}.ts`),
    ],
  },
  { row: 13, name: "cli", mayImport: "all" },
];

/** Folders of row 9 that deal with the real world's clocks. */
const MAY_READ_CLOCKS = ["trace-import", "proxy"];

const LAST_ROW_WITHOUT_NODE = 8;
const LAST_ROW_WITHOUT_CLOCKS = 9;

/** Globals of Node, as they look where they are used (`process` is also a word of the field). */
const NODE_GLOBALS = [/process\s*(?:\?\.|[.[])/, /Buffer\b/, /globalThis\b/, /require\s*\(/];

/** Whatever differs from run to run, likewise. */
const CLOCKS_AND_CHANCE = [
  /Math\s*\.\s*random\b/,
  /Date\b/,
  /performance\s*\./,
  /set(?:Timeout|Interval|Immediate)\b/,
  /crypto\s*\./,
];

/** Imports that the table does not allow, and files outside it. */
export function layerViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const layer = layerOf(file.path);
    if (layer === undefined) return [`${file.path}:1: not in any layer of ARCHITECTURE.md`];
    const { mayImport } = layer;
    if (mayImport === "all") return [];
    return importsOf(file)
      .filter(({ target }) => target !== undefined && !isAllowed(layer.name, mayImport, target))
      .map(({ target, line }) => `${file.path}:${line}: ${layer.name} may not import ${target}`);
  });
}

/** Uses of Node, of clocks and of unseeded chance in the rows that do without. */
export function environmentViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const { row, name } = layerOf(file.path) ?? { row: Infinity, name: "" };
    const violations: string[] = [];
    if (row <= LAST_ROW_WITHOUT_NODE) {
      violations.push(...nodeImports(file), ...uses(file, NODE_GLOBALS, "is Node's"));
    }
    if (row <= LAST_ROW_WITHOUT_CLOCKS && !MAY_READ_CLOCKS.includes(name)) {
      violations.push(...uses(file, CLOCKS_AND_CHANCE, "makes runs irreproducible"));
    }
    return violations;
  });
}

function layerOf(path: string): Layer | undefined {
  const name = path.split("/")[1];
  return LAYERS.find((layer) => layer.name === name);
}

function isAllowed(own: string, mayImport: readonly string[], target: string): boolean {
  return [own, ...mayImport].some(
    (name) => target === `src/${name}` || target.startsWith(`src/${name}/`),
  );
}

function nodeImports(file: SourceFile): string[] {
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("node:") || builtinModules.includes(specifier))
    .map(({ specifier, line }) => `${file.path}:${line}: imports Node's "${specifier}"`);
}

/** Where one of `globals` is named in code, unless as a property of something. */
function uses(file: SourceFile, globals: readonly RegExp[], why: string): string[] {
  const either = globals.map(({ source }) => source).join("|");
  return [...file.code.matchAll(new RegExp(`(?<![.\\w$])(?:${either})`, "g"))].map(
    (match) => `${file.path}:${lineAt(file.code, match.index)}: "${match[0].trim()}" ${why}`,
  );
}
