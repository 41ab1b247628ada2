/**
 * The bundled H100 and engines against the measurements of clusters/measurements/h100, and against
 * measurements of others where they are at hand.
 */

import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadCluster, loadGpuType } from "../../src/config/load-cluster.ts";
import { loadCoLocations } from "../../src/config/load-colocation.ts";
import { loadEngine } from "../../src/config/load-model.ts";
import { loadPlan } from "../../src/config/load-plan.ts";
import { loadShares } from "../../src/config/load-shares.ts";
import { loadSilicon } from "../../src/config/load-silicon.ts";
import { loadSolo } from "../../src/config/load-solo.ts";
import { loadTrace } from "../../src/config/load-trace.ts";
import { replay } from "../../src/experiment/replay.ts";
import { compareCoLocations } from "../../src/experiment/validation/colocation.ts";
import { byGroup, summarizeErrors } from "../../src/experiment/validation/errors-by-group.ts";
import {
  compareIterations,
  iterationComparisons,
} from "../../src/experiment/validation/iterations.ts";
import { compareWithRuns } from "../../src/experiment/validation/runs.ts";
import { compareShares } from "../../src/experiment/validation/shares.ts";
import { compareWithSilicon, selectRows } from "../../src/experiment/validation/silicon.ts";

const H100 = "clusters/measurements/h100";
const gpu = loadGpuType("H100");
const quiet = () => {};

describe("iterations alone on an H100", () => {
  const rows = loadSolo(`${H100}/solo.csv`);
  const { mape, shares, groups, held_out } = compareIterations(rows, gpu, true, quiet);

  test("are predicted within 4 %, at every share within 6 %", () => {
    expect(mape).toBeLessThan(0.04);
    expect(shares).toHaveLength(7);
    for (const share of shares) expect(share.mape, `at ${share.share}`).toBeLessThan(0.06);
    for (const group of groups) expect(group.mape, JSON.stringify(group)).toBeLessThan(0.1);
  });

  test("are predicted within 6 % of every model and of either phase", () => {
    const points = iterationComparisons(rows, gpu.kernels);
    for (const kind of ["model", "phase"] as const) {
      const named = points.map(({ row, ...point }) => {
        return { ...point, group: kind === "model" ? row.model.name : row.kind };
      });
      const byName = [...byGroup(named)];
      expect(byName).toHaveLength(kind === "model" ? 4 : 2);
      for (const [name, group] of byName) {
        expect(summarizeErrors(group).mape, name).toBeLessThan(0.06);
      }
    }
  });

  test("of a model that the fit has not seen are predicted within 8 %", () => {
    expect(held_out.map(({ left_out }) => left_out).sort()).toEqual([
      "llama-3.1-70b",
      "llama-3.1-8b",
      "llama-3.2-1b",
      "llama-3.2-3b",
    ]);
    for (const model of held_out) {
      expect(model.mape, model.left_out).toBeLessThan(0.08);
      expect(model.mape_fitted, model.left_out).toBeLessThan(0.05);
    }
  });
});

describe("slowdowns of co-located loads on an H100", () => {
  const { mape, groups, phases, held_out } = compareCoLocations(
    loadCoLocations(`${H100}/colocate.csv`, gpu),
    gpu,
    true,
    quiet,
  );

  test("are predicted within 6 %, with no sign of a phase beyond 5 %", () => {
    expect(mape).toBeLessThan(0.06);
    for (const group of groups) expect(group.mape, group.shares).toBeLessThan(0.09);
    const limited = groups.filter(({ shares }) =>
      ["50/50", "25/75", "25/25/25/25"].includes(shares),
    );
    expect(limited).toHaveLength(3);
    for (const group of limited) expect(group.mape, group.shares).toBeLessThan(0.06);
    for (const phase of phases) expect(Math.abs(phase.bias)).toBeLessThan(0.05);
  });

  test("of shares that the fit has not seen are predicted within 9 %", () => {
    expect(held_out.map(({ left_out }) => left_out)).toEqual(["50/50", "25/25/25/25", "25/75"]);
    for (const shares of held_out) {
      expect(shares.mape, shares.left_out).toBeLessThan(0.09);
      expect(shares.mape_fitted, shares.left_out).toBeLessThan(0.06);
    }
  });
});

test("real runs of agentic workflows are replayed with few percent of error", () => {
  const { comparison } = compareWithRuns(`${H100}/serve`);
  const { without_interference: without } = comparison;
  expect(comparison.shared_runs).toBe(8);
  expect(comparison.latency_mean_abs_error_mean).toBeLessThan(0.03);
  expect(comparison.latency_mean_abs_error_max).toBeLessThan(0.08);
  expect(comparison.execution_mape_mean).toBeLessThan(0.06);
  expect(comparison.call_mape_mean).toBeLessThan(0.15);
  expect(comparison.intervals_holding).toBeGreaterThanOrEqual(7);
  expect(without.latency_mean_abs_error_mean).toBeGreaterThan(0.1);
  for (const key of [
    ...(["latency_mean_abs_error_mean", "latency_mean_abs_error_max"] as const),
    ...(["execution_mape_mean", "call_mape_mean"] as const),
  ]) {
    expect(comparison[key], key).toBeLessThan(without[key]!);
  }
});

/** Not part of the project: without them these tests are skipped, and say so by their name. */
const OTHERS = "../shared/data";
const IF_PRESENT = `measurements of others, if ${OTHERS} is there`;

describe.skipIf(!existsSync(OTHERS))(IF_PRESENT, () => {
  test("a share of an A100 costs what MuxServe measured, to 8 % in the median", () => {
    const engine = { ...loadEngine("vllm-0.12"), hostPerIteration: 0, hostPerSequence: 0 };
    const rows = loadShares(`${OTHERS}/mps-a100/llama-7b.csv`);
    const { median, n } = compareShares(rows, loadCluster("1x8xA100"), {
      ...engine,
      decodeBatchSizes: [],
    });
    expect(n).toBeGreaterThan(2500);
    expect(median).toBeLessThan(0.08);
  });

  test("serving points on H100, rows that no fit has seen: latency and TPOT within 7 %", () => {
    const points = selectRows(loadSilicon(`${OTHERS}/silicon/h100_calibration.csv`), "odd");
    const { n, latency_mape, tpot_mape } = compareWithSilicon(points, "odd", quiet);
    expect(n).toBe(66);
    expect(latency_mape).toBeLessThan(0.07);
    expect(tpot_mape).toBeLessThan(0.07);
  });

  test("calls of a recorded vLLM run within 4 %, its mean TTFT within 8 %", () => {
    const path = `${OTHERS}/vllm-replay/rtxpro6000-llama-3.1-8b`;
    const { deployment } = loadPlan(`${path}.plan.yaml`);
    const trace = loadTrace(
      `${path}.trace.jsonl`,
      deployment.llms.map(({ name }) => name),
    );
    const request = { trace, deployment, seed: 1, warmup: { fraction: 0 }, sampleInterval: 1 };
    const { error } = replay({ ...request, isStepwise: false }, quiet).summary;
    expect(error!.call_mape).toBeLessThan(0.04);
    expect(Math.abs(error!.ttft_mean!)).toBeLessThan(0.08);
  });
});
