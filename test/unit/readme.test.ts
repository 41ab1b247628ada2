/**
 * What the README shows must work: its workflow file loads, and its commands exist.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundledNames } from "../../src/config/catalog.ts";
import { loadWorkflow } from "../../src/config/load-workflow.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test("the workflow in the README loads", () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1];
  const folder = mkdtempSync(join(tmpdir(), "sim-readme-"));
  try {
    const file = join(folder, "two-step.yaml");
    writeFileSync(file, yaml ?? "");
    expect(loadWorkflow(file).llms.map(({ name }) => name)).toEqual(["drafter", "checker"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the README names every bundled workload", () => {
  for (const name of bundledNames("workflow")) expect(readme).toContain(`\`${name}\``);
});
