/**
 * Checks the code itself: layers, bans, sizes, names, dead exports, and that the documents tell
 * the truth about the tree. Each rule is first shown a small sample that breaks it, so that a
 * check which cannot fail is noticed.
 */

import { describe, expect, test } from "vitest";
import { invariantViolations, mapViolations } from "./tidy/documents.ts";
import { environmentViolations, LAYERS, layerViolations } from "./tidy/layers.ts";
import { deadExports, exportsOf, importsOf } from "./tidy/modules.ts";
import { fileViolations, functionLengths, moduleViolations } from "./tidy/shape.ts";
import {
  listProject,
  maskSource,
  readProjectFile,
  readSourceTree,
  type SourceFile,
  sourceFile,
} from "./tidy/source.ts";

/** The rule is 300; tests, which hold tables of cases, may be longer. */
const MAX_SOURCE_LINES = 300;
const MAX_TEST_LINES = 500;

const src = readSourceTree("src");
const scripts = readSourceTree("scripts");
const tests = readSourceTree("test");
const paths = listProject();

const sample = (path: string, ...lines: string[]): SourceFile =>
  sourceFile(path, `${lines.join("\n")}\n`);

describe("the project", () => {
  test("has source to check", () => {
    expect(src.length).toBeGreaterThan(15);
    expect(src.flatMap(importsOf).length).toBeGreaterThan(20);
    expect(src.flatMap(functionLengths).length).toBeGreaterThan(50);
  });

  test("imports along the layers only", () => expect(layerViolations(src)).toEqual([]));

  test("keeps Node, clocks and unseeded chance out of the simulator", () => {
    expect(environmentViolations(src)).toEqual([]);
  });

  test("has readable files", () => {
    const violations = [
      ...[...src, ...scripts].flatMap((file) => fileViolations(file, MAX_SOURCE_LINES)),
      ...tests.flatMap((file) => fileViolations(file, MAX_TEST_LINES)),
      ...[...src, ...scripts].flatMap(moduleViolations),
    ];
    expect(violations).toEqual([]);
  });

  test("exports nothing in vain", () => {
    expect(deadExports(src, [...src, ...scripts, ...tests])).toEqual([]);
  });

  test("is mapped in ARCHITECTURE.md", () => {
    const document = { path: "ARCHITECTURE.md", text: readProjectFile("ARCHITECTURE.md") };
    expect(mapViolations(document, paths)).toEqual([]);
  });

  test("tests what INVARIANTS.md promises", () => {
    const document = { path: "INVARIANTS.md", text: readProjectFile("INVARIANTS.md") };
    expect(invariantViolations(document, paths)).toEqual([]);
  });
});

describe("blanking", () => {
  test("keeps code, quotes, lines and length", () => {
    const text = [
      'a = "x{y"; // b {',
      `c = \`p{\${d({ e: "}" })}q{\` + 1; /* f`,
      '{ */ g = /[/{"]/.h;\n',
    ].join("\n");
    const code = maskSource(text);
    expect(code).toHaveLength(text.length);
    expect(code.replace(/ +/g, " ")).toBe(
      `a = " "; \nc = \` \${d({ e: " " })} \` + 1; \n g = .h;\n`,
    );
  });

  test("takes a division for a division", () => {
    const text = "x = a / b; y = (c) / d; z = i++ / 2; // end\n";
    expect(maskSource(text)).toBe("x = a / b; y = (c) / d; z = i++ / 2;       \n");
  });

  test("knows escapes", () => expect(maskSource("'\\'{' + 1")).toBe("'   ' + 1"));
});

describe("imports and exports", () => {
  const file = sample(
    "src/a/b.ts",
    'import { one, type Two as Zwei } from "../c.ts";',
    "import type {",
    "  Three,",
    '} from "./d.ts";',
    'import * as all from "./e.ts";',
    'import "./f.ts";',
    'import fs from "node:fs";',
    'export { four } from "./g.ts";',
    'const { five, six: sechs } = await import("./h.ts");',
    'type Seven = import("./i.ts").Seven;',
    'const eight = (await import("./j.ts")).eight;',
    'const worker = new URL("./k.js", import.meta.url);',
    'const folder = new URL("../../", import.meta.url);',
    'const text = "import x from `./no.ts`"; // import y from "./no.ts";',
  );

  test("are all found", () => {
    expect(importsOf(file).map(({ target, line, names }) => [target, line, names])).toEqual([
      ["src/c.ts", 1, ["one", "Two"]],
      ["src/a/d.ts", 4, ["Three"]],
      ["src/a/e.ts", 5, "all"],
      ["src/a/f.ts", 6, []],
      [undefined, 7, ["default"]],
      ["src/a/g.ts", 8, ["four"]],
      ["src/a/h.ts", 9, ["five", "six"]],
      ["src/a/i.ts", 10, ["Seven"]],
      ["src/a/j.ts", 11, ["eight"]],
      ["src/a/k.ts", 12, "all"],
    ]);
  });

  test("are named once", () => {
    const exporting = sample(
      "src/a.ts",
      "export const Kind = {} as const;",
      "export type Kind = keyof typeof Kind;",
      "export async function f() {}",
      "export abstract class C {}",
      "export interface I {}",
      "export { x as y, type T };",
      '// export const no = "export const no";',
    );
    expect(exportsOf(exporting).map(({ name, isType }) => `${name} ${isType}`)).toEqual([
      "Kind false",
      "f false",
      "C false",
      "I true",
      "y false",
      "T true",
    ]);
  });

  test("that nobody uses are found", () => {
    const declaring = [sample("src/a.ts", "export const used = 1;", "export const unused = 1;")];
    const using = [sample("test/a.test.ts", 'import { used as other } from "../src/a.ts";')];
    expect(deadExports(declaring, using)).toEqual([
      'src/a.ts:2: export "unused" is imported nowhere',
    ]);
    expect(deadExports(declaring, [sample("b.ts", 'import * as a from "./src/a.ts";')])).toEqual(
      [],
    );
  });
});

describe("layers", () => {
  const importing = (from: string, to: string) =>
    layerViolations([sample(from, `import { x } from "${to}";`)]);

  test("form a one-way table", () => {
    const rowOf = (name: string) => LAYERS.find((layer) => layer.name === name.split("/")[0])!.row;
    for (const { name, row, mayImport } of LAYERS) {
      // Of one row: the baselines use what planners share, the page what the server sends it.
      if (mayImport === "all" || name === "baselines" || name === "viewer") continue;
      for (const other of mayImport) expect(rowOf(other), `${name}: ${other}`).toBeLessThan(row);
    }
  });

  test.each([
    ["src/engine/a.ts", "./b.ts"],
    ["src/engine/a.ts", "../units.ts"],
    ["src/serving/control/a.ts", "../../engine/b.ts"],
    ["src/workflow/a.ts", "../serving/request.ts"],
    ["src/baselines/a.ts", "../planner/planner.ts"],
    ["src/planner/a.ts", "../predictor/b.ts"],
    ["src/experiment/a.ts", "../records/b.ts"],
    ["src/cli/commands/a.ts", "../../report/b.ts"],
    ["src/viewer/a.ts", "../view-server/column-message.ts"],
  ])("let %s import %s", (from, to) => expect(importing(from, to)).toEqual([]));

  test.each([
    ["src/units.ts", "./engine/b.ts"],
    ["src/engine/a.ts", "../hardware/b.ts"],
    ["src/hardware/a.ts", "../llm/b.ts"],
    ["src/workflow/a.ts", "../serving/replica.ts"],
    ["src/predictor/a.ts", "../engine/b.ts"],
    ["src/predictor/a.ts", "../planner/b.ts"],
    ["src/planner/a.ts", "../serving/replica.ts"],
    ["src/planner/a.ts", "../baselines/b.ts"],
    ["src/baselines/a.ts", "../engine/b.ts"],
    ["src/config/a.ts", "../experiment/b.ts"],
    ["src/calibration/a.ts", "../serving/b.ts"],
    ["src/report/a.ts", "../serving/request.ts"],
    ["src/viewer/a.ts", "../view-server/served-run.ts"],
    ["src/viewer/a.ts", "../report/run-data.ts"],
    ["src/view-server/a.ts", "../report/run-data.ts"],
    ["src/experiment/a.ts", "../../test/unit/fixtures.ts"],
  ])("stop %s from importing %s", (from, to) => expect(importing(from, to)).toHaveLength(1));

  test("hold every file", () => {
    expect(layerViolations([sample("src/elsewhere/a.ts")])).toHaveLength(1);
    expect(layerViolations([sample("src/extra.ts")])).toHaveLength(1);
  });
});

describe("the environment", () => {
  test.each([
    'import { join } from "node:path";',
    'import { join } from "path";',
    "const seed = process.env.SEED;",
    "const bytes = Buffer.from(text);",
    "const x = Math.random();",
    "const t = Date.now();",
    "const t = new Date();",
    "const t = performance.now();",
    "setTimeout(run, 1);",
  ])("of the simulator has no %s", (line) => {
    expect(environmentViolations([sample("src/planner/a.ts", line)])).toHaveLength(1);
    expect(environmentViolations([sample("src/experiment/a.ts", line)])).toEqual([]);
  });

  test.each([
    "const process = createArrivals(); next(process);",
    "interface Trace { readonly performance: number }",
    "text = 'Date.now()'; // Math.random()",
    "trace.Date = trace.setTimeout;",
  ])("is not touched by %s", (line) => {
    expect(environmentViolations([sample("src/planner/a.ts", line)])).toEqual([]);
  });

  test("has clocks for importers and the proxy, and files for row 9", () => {
    const file = (folder: string) => sample(`src/${folder}/a.ts`, "f(process.argv, Date.now());");
    expect(environmentViolations([file("trace-import"), file("proxy")])).toEqual([]);
    expect(environmentViolations([file("records")])).toHaveLength(1);
  });
});

describe("files", () => {
  const violations = (path: string, ...lines: string[]) =>
    fileViolations(sample(path, ...lines), 4);

  test.each([
    ["a long line", "src/a.ts", ["x".repeat(101)]],
    ["a long file", "src/a.ts", ["1", "2", "3", "4", "5"]],
    ["a camel-case name", "src/eventQueue.ts", [""]],
    ["a camel-case folder", "src/eventQueue/a.ts", [""]],
    ["an empty name", "src/engine/utils.ts", [""]],
    ["an empty folder name", "src/common/a.ts", [""]],
    ["any", "src/a.ts", ["const x = y as any;"]],
    ["any in a list", "src/a.ts", ["const x: Map<string, any[]> = y;"]],
    ["an enum", "src/a.ts", ["const enum Color { red }"]],
    ["unfinished work", "src/a.ts", [`// ${["TO", "DO"].join("")}: later`]],
  ])("may not have %s", (_, path, lines) => expect(violations(path, ...lines)).toHaveLength(1));

  test.each(["x".repeat(100), "// for any reason", "const any = list.any(x);", "s = 'enum x';"])(
    "may have %s",
    (line) => expect(violations("test/unit/event-queue.test.ts", line)).toEqual([]),
  );
});

describe("modules", () => {
  const body = (lines: number) => Array.from({ length: lines }, () => "  step();");

  test("start with a comment", () => {
    expect(moduleViolations(sample("src/a.ts", "const x = 1;"))).toHaveLength(1);
    expect(moduleViolations(sample("src/a.ts", "#!/usr/bin/env node", "/** A. */"))).toEqual([]);
  });

  test("export little", () => {
    const exporting = (declaration: string, count: number) =>
      moduleViolations(
        sample(
          "src/a.ts",
          "// A.",
          ...Array.from({ length: count }, (_, index) => `export ${declaration}${index} = 1;`),
        ),
      );
    expect(exporting("const x", 7)).toEqual([]);
    expect(exporting("const x", 8)).toHaveLength(1);
    expect(exporting("type X", 12)).toEqual([]);
    expect(exporting("type X", 13)).toHaveLength(1);
  });

  test("have short functions", () => {
    const long = (lines: number) => sample("src/a.ts", "// A.", "f() {", ...body(lines), "}");
    expect(moduleViolations(long(68))).toEqual([]);
    expect(moduleViolations(long(69))).toHaveLength(1);
  });

  test.each([
    ["function f(a: number) {"],
    ["export async function f<T>(a: T): Promise<Map<T, { b: T }>> {"],
    ["  private async g(): Promise<void> {"],
    ["  get length(): number {"],
    ["  #grow(by = { a: 1 }): { a: number } {"],
    ["  constructor(options: { a?: number } = {}) {"],
    ["  f(): () => void {"],
    ["const f = (a: number): { b: number } => {"],
    ["const f = async (a: number): Promise<void> => {"],
    ["const f = <T>(a: T): T => {"],
    ["list.map((a) => {"],
    ["list.map(a => {"],
    ["  f(a: number): asserts a is 1 {"],
    ["  [Symbol.iterator]() {"],
  ])("have their functions measured: %s", (head) => {
    const file = sample("src/a.ts", "", head, ...body(3), head.includes("map(") ? "})" : "}");
    expect(functionLengths(file)).toEqual([{ line: 2, lines: 5 }]);
  });

  test.each(["if (a) {", "for (const a of b) {", "} while (a) {", "switch (a) {", "class A {"])(
    "have blocks that are no functions: %s",
    (head) => expect(functionLengths(sample("src/a.ts", head, "}"))).toEqual([]),
  );

  test("have functions that start with their parameters", () => {
    const file = sample("src/a.ts", "function f(", "  a: number,", "): void {", "  g();", "}");
    expect(functionLengths(file)).toEqual([{ line: 1, lines: 5 }]);
  });
});

describe("documents", () => {
  const tree = ["src/engine/a.ts", "src/units.ts", "test/a.test.ts"];
  const map = (...lines: string[]) =>
    mapViolations(
      { path: "A.md", text: ["# A", "## Map of the tree", "```", ...lines, "```"].join("\n") },
      tree,
    );

  test("map every file", () => {
    expect(map("src/engine/  queue", "src/engine/a.ts  one", "src/units.ts  two")).toEqual([]);
    expect(map("src/engine/a.ts  one")).toEqual(["A.md:3: src/units.ts is not listed"]);
  });

  test.each(["src/b.ts  gone", "src/gone/  gone", "src/units.ts  twice", "test/a.test.ts", "a b"])(
    "map nothing else: %s",
    (line) => expect(map("src/engine/a.ts  one", "src/units.ts  two", line)).toHaveLength(1),
  );

  test("exist", () => {
    const missing = { path: "A.md", text: undefined };
    expect(mapViolations(missing, tree)).toHaveLength(1);
    expect(invariantViolations(missing, tree)).toHaveLength(1);
    expect(mapViolations({ path: "A.md", text: "# A" }, tree)).toHaveLength(1);
    expect(invariantViolations({ path: "A.md", text: "# A" }, tree)).toHaveLength(1);
  });

  test("name tests that exist", () => {
    const text = "1. Kept.\n   See `test/a.test.ts`.\n2. Broken: `test/b.test.ts`.\n3. Untested.";
    expect(invariantViolations({ path: "A.md", text }, tree)).toEqual([
      "A.md:3: test/b.test.ts does not exist",
      "A.md:4: names no test",
    ]);
  });
});
