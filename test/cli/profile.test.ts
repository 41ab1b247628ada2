/** `sim profile`: its document, tables and pictures. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simDone, temporaryFolder } from "./sim.ts";

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
