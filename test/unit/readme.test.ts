/**
 * What the README shows must work: its files load, and the example that it points to has every
 * construct of the workflow language.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundledNames } from "../../src/config/catalog.ts";
import { loadCluster } from "../../src/config/load-cluster.ts";
import { loadEngine, loadModel } from "../../src/config/load-model.ts";
import { loadProfiles } from "../../src/config/load-profiles.ts";
import { loadSweep } from "../../src/config/load-sweep.ts";
import { loadWorkflow } from "../../src/config/load-workflow.ts";
import { createExecutionSource } from "../../src/workflow/draw.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Writes the first YAML block below a heading to a file of its own. */
function yamlBelow(heading: string, use: (file: string) => void): void {
  blockBelow(heading, "two-step.yaml", use);
}

/** The same with the first block of the file's kind. */
function blockBelow(heading: string, name: string, use: (file: string) => void): void {
  const [, below = ""] = readme.split(`\n## ${heading}\n`);
  const block = new RegExp(`\`\`\`${extname(name).slice(1)}\n([\\s\\S]*?)\`\`\``).exec(below)?.[1];
  const folder = mkdtempSync(join(tmpdir(), "sim-readme-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, block ?? "");
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

test("the profiles in the README load", () => {
  const engine = loadEngine("vllm-0.19");
  const llms = [{ name: "generator", model: loadModel("llama-3.1-8b"), engine }];
  const options = { cluster: loadCluster("1x2xH100"), llms, otherLlms: [], inputs: new Map() };
  blockBelow("Your own profiles", "profiles.csv", (file) => {
    const sizes = loadProfiles(file, options).llms.get("generator")!;
    expect(sizes.map(({ share, points }) => [share, points.length])).toEqual([
      [1, 3],
      [0.5, 2],
    ]);
  });
});

test("no other file is shown", () => {
  expect(readme.match(/```yaml\n/g)).toHaveLength(2);
  expect(readme.match(/```csv\n/g)).toHaveLength(1);
});

test("the example of every construct has every construct, and runs", () => {
  const path = fileURLToPath(
    new URL("../../workloads/examples/every-construct.yaml", import.meta.url),
  );
  const workflow = loadWorkflow(path);
  const kinds = new Set<string>();
  const keys = new Set<string>();
  // Steps and distributions both say their kind.
  JSON.stringify(workflow, (key, value) => {
    keys.add(key);
    if (typeof value?.kind === "string") kinds.add(value.kind);
    return value;
  });
  const steps = ["call", "tool", "loop", "branch", "parallel", "run"];
  const shapes = ["constant", "uniform", "exponential", "normal", "lognormal", "gamma"];
  expect(kinds).toEqual(new Set([...steps, ...shapes, "geometric", "empirical", "mixture"]));
  const options = ["compaction", "systemPrompt", "maxDepth", "capacity", "interval", "timeout"];
  options.push(
    "retries",
    "pool",
    "join",
    "cancels",
    "difficulty",
    "minimum",
    "weights",
    "priority",
  );
  for (const option of options) expect(keys).toContain(option);
  const source = createExecutionSource(workflow, 1, "evaluate");
  const calls = Array.from({ length: 100 }, (_, index) => source(index)).flatMap(({ steps: own }) =>
    own.filter((step) => step.kind === "call"),
  );
  const roles = ["triage", "judge", "draft", "expert", "summarise"];
  expect(new Set(calls.map(({ role }) => role))).toEqual(new Set(roles));
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
