/** The numbers of figures whose trials are made up: what is simulated, and what is kept of it. */

import { mean } from "d3-array";
import { describe, expect, test } from "vitest";
import { COMPUTED } from "../../../../src/experiment/figures/all.ts";
import { measuredRows, simulatedRows } from "../../../../src/experiment/figures/f1-stability.ts";
import { peerRows } from "../../../../src/experiment/figures/f12-peers.ts";
import { jointProblem } from "../../../../src/experiment/figures/joint-problem.ts";
import { plannerCurves } from "../../../../src/experiment/figures/planner-curves.ts";
import { PLANNERS } from "../../../../src/experiment/planners.ts";
import { predictedPeak, scepsyPlanner } from "../../../../src/planner/scepsy.ts";
import { predictPipeline } from "../../../../src/predictor/aggregate-llm-pipeline.ts";
import { predictDeployment } from "../../../../src/predictor/alp-plus.ts";
import { atFactor } from "../../../../src/predictor/prediction.ts";
import type { FigureRow } from "../../../../src/records/figure-table.ts";
import { testCluster } from "../../fixtures.ts";
import { layered, problemOf, usualProblem } from "../../planner/problems.ts";
import { workflowOf } from "../../workflow/programs.ts";
import { contextOf } from "./contexts.ts";

const problem = problemOf(
  [
    { name: "often", model: layered("small", 0.5), use: { calls: 4, parallelism: 2 } },
    { name: "seldom", model: layered("small", 0.5) },
  ],
  testCluster(1, 2),
  1,
);
const peak = predictedPeak(problem) as number;

const valuesOf = (rows: readonly FigureRow[], column: string) => rows.map((row) => row[column]);

describe("F1", () => {
  test("has the spreads of what trials show, at loads that are sustained", async () => {
    const executions = {
      workflows: [0, 0],
      latencies: [1, 3],
      llmTimes: [
        [1, 3],
        [1, 1],
      ],
    };
    const context = contextOf([problem], ({ rate }) => {
      return { executions, isStable: rate < 0.6 * peak };
    });
    const [workload] = await context.workloads();
    const rows = await simulatedRows(context, workload!, 1000);
    expect(valuesOf(rows, "load")).toEqual([...Array(5).fill(0.1), ...Array(5).fill(0.5)]);
    expect(valuesOf(rows.slice(0, 3), "cv")).toEqual([
      expect.closeTo(Math.SQRT1_2, 9),
      // Shares of 1/2 and 3/4, and of 1/2 and 1/4.
      expect.closeTo(Math.SQRT2 / 8 / (5 / 8), 9),
      expect.closeTo(Math.SQRT2 / 8 / (3 / 8), 9),
    ]);
  });

  test("has measured shares, which vary less than shuffled ones where stages alternate", () => {
    const rows = measuredRows();
    expect(new Set(valuesOf(rows, "workload")).size).toBe(8);
    const cvOf = (run: string, wanted: string) =>
      rows.filter(({ workload, quantity }) => workload === run && quantity === wanted);
    for (const run of ["beam-50-50-r1", "beam-70-30-r2", "debate-50-30-20-r1"]) {
      const shuffled = cvOf(run, "shuffled");
      for (const [llm, { cv }] of cvOf(run, "share").entries()) {
        expect(Number(cv), run).toBeLessThan(0.8 * Number(shuffled[llm]!.cv));
      }
    }
  });
});

test("F12 has our error as the mean over the runs, and a source for each of the others", () => {
  const run = (simulated: number) => ({ simulated_seconds: simulated, observed_seconds: 10 });
  const rows = peerRows(250_000, [run(11), run(9.8)]);
  const [speed, error] = rows.filter(({ source }) => source === "measured now");
  expect([speed!.high, error!.high]).toEqual([250_000, expect.closeTo(0.06, 9)]);
  for (const { source, low, high } of rows) {
    if (source !== "measured now") expect(source).toMatch(/^measured elsewhere: ./);
    expect(Number(low)).toBeLessThanOrEqual(Number(high));
  }
});

test("F2 shows the points of the profiles, size by size", async () => {
  const { rows } = await COMPUTED.F2!(contextOf([problem], () => ({})));
  const size = problem.profiles[0]!.sizes.find(({ tp, share }) => tp === 2 && share === 1)!;
  const shown = rows.filter(({ llm, tp }) => llm === "often" && tp === 2);
  expect(valuesOf(shown, "calls_per_second")).toEqual(size.points.map((point) => point.callRate));
  expect(valuesOf(shown, "latency_seconds")).toEqual(
    size.points.map(({ firstToken, decode }) => firstToken + decode),
  );
  expect(new Set(valuesOf(rows, "share"))).toEqual(new Set([0.25, 0.5, 1]));
});

test("lines of planners end at a rate not sustained; common plans are measured once", async () => {
  const measured: string[] = [];
  const rows = await plannerCurves({
    workflow: workflowOf([]),
    problem,
    loads: [0.2, 0.5, 0.8],
    measure: async ({ rate, deployment: { cluster: _, ...plan } }) => {
      measured.push(`${rate} ${JSON.stringify(plan)}`);
      return rate < 0.6 * peak ? [{ rate }] : [];
    },
  });
  for (const { name } of PLANNERS) {
    const own = rows.filter(({ planner }) => planner === name);
    expect(valuesOf(own, "rate"), name).toEqual([0.2 * peak, 0.5 * peak]);
  }
  expect(new Set(measured).size).toBe(measured.length);
  expect(measured.length).toBeLessThan(3 * PLANNERS.length);
}, 60_000);

test("F3 and F5 are at parts of the predicted peak, and at most as long as they say", async () => {
  const context = contextOf([problem], ({ rate }) => ({ latencyMean: 2 * rate }));
  const f3 = await COMPUTED.F3!(context);
  const own = f3.rows.filter(({ planner }) => planner === "scepsy");
  expect(valuesOf(own, "rate_per_second")).toEqual([0.15, 0.5, 0.85].map((load) => load * peak));
  expect(valuesOf(own, "latency_seconds")).toEqual([0.3, 1, 1.7].map((load) => load * peak));
  // 90,000 calls at five an execution.
  expect(new Set(context.trials.map((trial) => trial.mostExecutions))).toEqual(new Set([18_000]));
  expect(f3.caption).toContain("18,000");

  const { rows } = await COMPUTED.F5!(context);
  const { deployment } = scepsyPlanner.plan(atFactor(problem, 0.6 * peak)) as {
    deployment: Parameters<typeof predictDeployment>[1];
  };
  for (const { line, load, latency_seconds } of rows.filter((row) => row.line !== "simulated")) {
    const predict = line === "alp" ? predictPipeline : predictDeployment;
    const [predicted] = predict(atFactor(problem, Number(load) * peak), deployment);
    const { latencyMean } = predicted!;
    expect(latency_seconds).toBe(Number.isFinite(latencyMean) ? latencyMean : null);
  }
}, 60_000);

describe("workloads served at once", () => {
  const parts = ["one", "two"].map((name, index) => ({ problem, name, rate: 0.25 + index / 2 }));
  const joint = jointProblem([parts[0]!, parts[1]!]);

  test("are predicted as each is alone, on GPUs of their own", () => {
    const cluster = testCluster(2, 2);
    const instanceOn = (gpu: number) => [{ gpus: [cluster.gpus[gpu]!], share: 1 }];
    const llms = joint.llms.map((llm, index) => ({ ...llm, instances: instanceOn(index) }));
    const predicted = predictDeployment(joint, { cluster, llms });
    for (const [index, { rate }] of parts.entries()) {
      const own = llms.slice(2 * index, 2 * index + 2);
      const alone = predictDeployment(atFactor(problem, rate), { cluster, llms: own })[0]!;
      expect(predicted[index]!.latencyMean).toBeCloseTo(alone.latencyMean, 9);
    }
    expect(joint.llms.map(({ name }) => name)).toEqual([
      ...["one/often", "one/seldom", "two/often", "two/seldom"],
    ]);
  });

  test("have in F4 the mean latencies of their own executions", async () => {
    const executions = { workflows: [0, 0, 1], latencies: [1, 2, 8], llmTimes: [] };
    const single = problemOf([{ name: "only" }], testCluster(1, 2), 1);
    const context = contextOf([single, single], () => ({ executions }));
    const { rows } = await COMPUTED.F4!(context);
    const of = (name: string) => rows.filter((row) => row.workload === name);
    expect(new Set(valuesOf(of("workload-0"), "latency_seconds"))).toEqual(new Set([1.5]));
    expect(new Set(valuesOf(of("workload-1"), "latency_seconds"))).toEqual(new Set([8]));
    for (const [index, { rate_per_second: rate }] of of("workload-0").entries()) {
      expect(rate).toBeCloseTo(10 * Number(of("workload-1")[index]!.rate_per_second), 9);
    }
  }, 60_000);
});

test("F6 times searches of more LLMs and of more GPUs", async () => {
  const { rows } = await COMPUTED.F6!(contextOf([usualProblem(1)], () => ({})));
  const over = (panel: string, column: string) =>
    valuesOf(
      rows.filter((row) => row.panel === panel),
      column,
    );
  expect(over("LLMs", "llms")).toEqual([3, 6]);
  expect(over("GPUs", "gpus")).toEqual([8, 64]);
  expect(over("steps", "steps")).toEqual([1, 2, 4, 8]);
  for (const { seconds } of rows) expect(Number(seconds)).toBeGreaterThan(0);
});

test("F7 places as many sets as first fit or more, with no TP group across domains", async () => {
  const { rows } = await COMPUTED.F7!(contextOf([usualProblem(1, testCluster(2, 8))], () => ({})));
  const placedBy = (name: string) =>
    mean(
      rows.filter(({ method }) => method === name),
      ({ placed }) => Number(placed),
    )!;
  expect(placedBy("hierarchical")).toBeGreaterThanOrEqual(placedBy("first fit"));
  const fullest = rows.filter(({ fill, method }) => fill === 0.5 && method === "hierarchical");
  expect(valuesOf(fullest, "placed")).toEqual([1]);
});

test("F9 has scepsy's plan in its last cell and one plan in its first column", async () => {
  // A made-up latency that tells plans apart.
  const context = contextOf([problem], ({ deployment }) => ({
    latencyMean: JSON.stringify(deployment.llms.map(({ instances }) => instances)).length,
  }));
  const { rows } = await COMPUTED.F9!(context);
  expect(rows).toHaveLength(2 * 6 * 4);
  const low = rows.filter(({ load }) => load === 0.25);
  const whole = low.filter(({ space, outcome }) => space === "whole GPUs" && outcome === "stable");
  expect(new Set(valuesOf(whole, "latency_seconds")).size).toBe(1);
  const last = low.at(-1)!;
  expect([last.information, last.space]).toEqual(["interference", "+ TP"]);
  const outcome = scepsyPlanner.plan(atFactor(problem, 0.25 * peak));
  const own = outcome.isFeasible ? outcome.deployment.llms.map((llm) => llm.instances) : [];
  expect(last.latency_seconds).toBe(JSON.stringify(own).length);
}, 60_000);

test("F10 marks every planner among as many random plans as it says", async () => {
  const context = contextOf([problem], () => ({}));
  const { rows, caption } = await COMPUTED.F10!(context);
  expect(rows.filter(({ plan }) => plan === "random")).toHaveLength(60);
  expect(new Set(valuesOf(rows, "plan"))).toEqual(
    new Set(["random", ...PLANNERS.map(({ name }) => name)]),
  );
  expect(caption).toContain("60 plans");
  expect(new Set(context.trials.map(({ rate }) => rate))).toEqual(new Set([0.25 * peak]));
});
