/** `sim schema`: bundled files are valid by what it prints, and wrong ones are not. */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const folder = temporaryFolder();

async function validatorOf(kind: string) {
  const { stdout } = await simDone(folder, `schema ${kind}`);
  return new Ajv2020({ strict: false }).compile(JSON.parse(stdout));
}

describe.each([
  ["workflow", "workloads", { llms: { a: { model: "m" } }, steps: [{ cal: "a" }] }],
  ["cluster", "clusters", { nodes: 5 }],
  ["gpu", "clusters/gpus", { memory: 80 }],
  ["model", "clusters/models", { layers: "many" }],
  ["engine", "clusters/engines", { max_num_seqs: "all" }],
])("schema %s", (kind, path, wrong) => {
  test("holds for all bundled files, and not for a wrong one", async () => {
    const validate = await validatorOf(kind);
    const files = readdirSync(join(PROJECT, path)).filter((name) => name.endsWith(".yaml"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const isValid = validate(parse(readFileSync(join(PROJECT, path, file), "utf8")));
      expect(validate.errors ?? [], file).toEqual([]);
      expect(isValid).toBe(true);
    }
    expect(validate(wrong)).toBe(false);
  });
});

test("schema plan and sweep are there, others are refused", async () => {
  const plan = await validatorOf("plan");
  const replicas = [{ gpus: ["node0/gpu0"], share: 1 }];
  expect(plan({ cluster: "1x1xH100", llms: { a: { replicas } } })).toBe(true);
  expect(plan({ cluster: "1x1xH100", llms: { a: {} } })).toBe(false);
  const sweep = await validatorOf("sweep");
  expect(sweep({ points: [{ workload: "swe-agent", cluster: "1x4xH100" }] })).toBe(true);
  const { code, stderr } = await sim(folder, "schema", "workflows");
  expect(code).toBe(1);
  expect(stderr).toContain("did you mean workflow?");
});
