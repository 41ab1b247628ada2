/** `sim validate predictor` and `planners`: their documents, and what they refuse. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const PREDICTORS = ["alp", "alp (poisson)", "alp (closed)", "alp+"];

/** The parts lead from the prediction to the simulation. */
function expectExact(parts: Record<string, number>): void {
  const { predicted_seconds, alone, interference, drift, overlap, tools } = parts;
  const sum = predicted_seconds! + alone! + interference! + drift! + overlap! + tools!;
  expect(Math.abs(sum / parts.simulated_seconds! - 1)).toBeLessThan(1e-9);
}

test("predicts measured runs, nearer than the paper's pipeline does", async () => {
  const runs = join(import.meta.dirname, "../../clusters/measurements/h100/serve");
  const { stdout } = await simDone(folder, `validate predictor --runs ${runs} --json`);
  const document = JSON.parse(stdout);
  expect(Object.keys(document.predictors)).toEqual(PREDICTORS);
  const errorOf = (name: string) => document.predictors[name].latency_mean_abs_error_mean;
  expect(errorOf("alp+")).toBeLessThan(0.1);
  expect(errorOf("alp+")).toBeLessThan(errorOf("alp"));
  expect(document.runs.filter(({ shared }: { shared: boolean }) => shared)).toHaveLength(8);
  for (const { residuals } of document.runs) expectExact(residuals);
}, 120_000);

test("compares predictors with the simulation over rates and plans", async () => {
  const command = "validate predictor --workload rag-reranker --cluster 1x1xH100 --plans 3 --json";
  const { stdout } = await simDone(folder, command);
  const { predictors, points, plans, residuals, peaks } = JSON.parse(stdout);
  expect(Object.keys(predictors)).toEqual(PREDICTORS);
  expect(points.map(({ load }: { load: number }) => load)).toEqual([0.1, 0.3, 0.5, 0.7, 0.8, 0.9]);
  expect(plans).toHaveLength(3);
  expect(peaks.length).toBeGreaterThan(1);
  const { latency_mape_to_70, peak_throughput_mape } = predictors["alp+"];
  expect(latency_mape_to_70).toBeLessThan(0.15);
  expect(peak_throughput_mape).toBeLessThan(0.15);
  for (const parts of residuals) expectExact(parts);
}, 300_000);

test("says what is missing", async () => {
  const { code, stderr } = await sim(folder, "validate", "predictor");
  expect(code).toBe(1);
  expect(stderr).toContain("--workload and --cluster, or --runs");
});
