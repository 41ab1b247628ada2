/** `sim profile`: its document, tables and pictures; and profiles in a file, saved or measured. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { columnOf, sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

test("prints a document, or tables, and draws each LLM", async () => {
  const command = "profile --workload rag-reranker --cluster 1x1xH100 --out pictures";
  const document = JSON.parse((await simDone(folder, `${command} --json`)).stdout);
  expect(document).toMatchObject({ workload: "rag-reranker", cluster: "1x1xH100", seed: 1 });
  expect(Object.keys(document.llms)).toEqual(["reranker", "generator"]);
  const { model, sizes } = document.llms.generator;
  expect(model).toBe("llama-3.1-8b");
  expect(sizes.map(({ share }: { share: number }) => share)).toEqual([0.125, 0.25, 0.5, 1]);
  for (const { tp, replicas, calls_per_second_max: most, kv_tokens, points } of sizes) {
    expect([tp, replicas]).toEqual([1, 1]);
    expect(kv_tokens).toBeGreaterThan(100_000);
    expect(points[0].latency_seconds).toBeGreaterThan(points[0].ttft_seconds);
    expect(points.at(-1).calls_per_second).toBeLessThan(1.2 * most);
  }
  expect(document.pictures).toHaveLength(2);
  for (const picture of document.pictures) expect(existsSync(join(folder, picture))).toBe(true);
  const { stdout } = await simDone(folder, command);
  expect(stdout).toContain("generator (llama-3.1-8b)");
});

describe("--profiles", () => {
  const PLACE = "--workload rag-reranker --cluster 1x2xH100";
  const saved = simDone(folder, `profile ${PLACE} --out pictures --save saved.csv --quiet`);

  /** The columns that are needed, and rows of one replica on whole GPUs. */
  const LEAST = [
    "llm,gpu,tp,share,calls_per_second_max,calls_per_second,ttft_seconds,decode_seconds",
    "reranker,H100,1,1,2400,60,0.02,0",
    "reranker,H100,1,1,2400,2000,0.05,0",
    "generator,H100,1,1,36,1,0.03,1.3",
    "generator,H100,1,1,36,30,0.06,3.4",
    "",
  ].join("\n");
  writeFileSync(join(folder, "least.csv"), LEAST);

  /** The document of a plan, but for the time that it took. */
  async function planned(more = "", place = PLACE): Promise<Record<string, unknown>> {
    const { stdout } = await simDone(folder, `plan ${place} --json${more}`);
    return JSON.parse(stdout.replace(/"search_seconds": [\d.e-]+/, '"search_seconds": 0'));
  }

  test("of saved profiles gives the plan and the predictions of simulated ones", async () => {
    await saved;
    for (const more of ["", " --rate 20", " --planner independent-shares", " --max-gpus 1"]) {
      const simulated = await planned(more);
      expect(simulated.predicted).not.toBeNull();
      expect(await planned(`${more} --profiles saved.csv`)).toEqual(simulated);
    }
  });

  test("of saved profiles lets workflows share LLMs", async () => {
    const place = "--workload rag-reranker=1/s,chatbot=0.1/s --cluster 1x1xH100";
    await simDone(folder, `profile ${place} --out pictures --save mix.csv --quiet`);
    const simulated = await planned("", place);
    expect(JSON.stringify(simulated)).toContain("rag-reranker/generator+chatbot/assistant");
    expect(await planned(" --profiles mix.csv", place)).toEqual(simulated);
  });

  test("of saved profiles saves the same file", async () => {
    await saved;
    const command = `profile ${PLACE} --out pictures --profiles saved.csv --save again.csv --json`;
    const { stdout, stderr } = await simDone(folder, command);
    expect(JSON.parse(stdout).llms.generator.sizes).toHaveLength(9);
    expect(stderr).toBe("");
    const [before, after] = ["saved.csv", "again.csv"].map((name) => {
      return readFileSync(join(folder, name), "utf8");
    });
    expect(after).toBe(before);
  });

  test("plans by a few measured rows, and says what they lack", async () => {
    const command = `run ${PLACE} --profiles least.csv --executions 200 --json --out measured`;
    const { stdout, stderr } = await simDone(folder, command);
    const { plan, predicted, error } = JSON.parse(stdout);
    expect(plan.llms.generator).toMatchObject({ tp: 1, share: 1, replicas: 1 });
    expect(predicted.throughput_max_per_second).toBeGreaterThan(0);
    expect(Math.abs(error.latency_mean)).toBeLessThan(0.3);
    expect(stderr).toContain("least.csv has no rows of reranker at TP 1 on 12.5 %, 25.0 %,");
    expect(stderr).toContain("least.csv does not say what replicas ask of their GPUs");
    expect(readFileSync(join(folder, "measured/manifest.json"), "utf8")).toContain("least.csv");
  });

  test("is an option of sweeps", async () => {
    const point = "workload: rag-reranker, cluster: 1x2xH100, rate: 5/s, executions: 50";
    writeFileSync(join(folder, "points.yaml"), `points: [{ ${point}, profiles: least.csv }]\n`);
    await simDone(folder, "sweep points.yaml --out swept --quiet --workers 1");
    expect(columnOf(join(folder, "swept"), "points", "error")).toEqual([""]);
  });

  test("has no answer for a plan with other replicas", async () => {
    await simDone(folder, `plan ${PLACE} --planner user --max-gpus 1 --out half.yaml --json`);
    const command = "plan --workload rag-reranker --plan half.yaml --profiles least.csv --rate 1";
    const { plan, predicted } = JSON.parse((await simDone(folder, `${command} --json`)).stdout);
    expect(predicted).toBeNull();
    expect(plan.feasible).toBe(false);
    expect(plan.reason).toMatch(/^least\.csv has no rows of reranker at TP 1 on 50\.0 % of h100/);
  });

  test.each([
    ["a value", "36,30,0.06", "36,30,60ms", "bad.csv:5:26: ttft_seconds: expected a number above"],
    ["an LLM", /generator/g, "generater", "bad.csv: there are no rows of generator"],
    ["a column", "ttft_seconds", "ttft", 'bad.csv:1:56: unknown column "ttft"'],
  ])("refuses a file with %s that is wrong", async (_, right, wrong, message) => {
    writeFileSync(join(folder, "bad.csv"), LEAST.replace(right, wrong));
    const args = `plan ${PLACE} --profiles bad.csv --json`.split(" ");
    const { code, stdout, stderr } = await sim(folder, ...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
  });
});
