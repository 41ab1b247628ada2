/**
 * What the README shows must work: its workflow and sweep files load, and its commands exist.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { bundledNames } from "../../src/config/catalog.ts";
import { loadSweep } from "../../src/config/load-sweep.ts";
import { loadWorkflow } from "../../src/config/load-workflow.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Writes the first YAML block below a heading to a file of its own. */
function yamlBelow(heading: string, use: (file: string) => void): void {
  const [, below = ""] = readme.split(`\n## ${heading}\n`);
  const yaml = /```yaml\n([\s\S]*?)```/.exec(below)?.[1];
  const folder = mkdtempSync(join(tmpdir(), "sim-readme-"));
  try {
    const file = join(folder, "two-step.yaml");
    writeFileSync(file, yaml ?? "");
    use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the workflow in the README loads", () => {
  yamlBelow("Your own workflow", (file) => {
    expect(loadWorkflow(file).llms.map(({ name }) => name)).toEqual(["drafter", "checker"]);
  });
});

test("the sweep in the README is every combination, then the single points", () => {
  yamlBelow("Sweeps", (file) => {
    const { points } = loadSweep(file);
    expect(points.length).toBe(2 * 2 * 2 * 4 * 3 + 1);
    expect(points[3]!.options).toEqual({
      workload: "rag-reranker",
      cluster: "1x4xH100",
      planner: "scepsy",
      load: 0.3,
      seed: "1",
    });
    // Files are looked for beside the sweep's.
    expect(points.at(-1)!.options.plan).toBe(join(dirname(file), "plan.yaml"));
  });
});

test("the README names every bundled workload", () => {
  for (const name of bundledNames("workflow")) expect(readme).toContain(`\`${name}\``);
});
