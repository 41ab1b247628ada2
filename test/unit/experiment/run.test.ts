/**
 * The main job end to end on a small workflow: the document, the error, and what happens where
 * there is no plan.
 */

import { describe, expect, test } from "vitest";
import { independentPlanner } from "../../../src/baselines/independent.ts";
import { fixedPlanner, userPlanner } from "../../../src/baselines/user.ts";
import { UserError } from "../../../src/errors.ts";
import { planWorkload } from "../../../src/experiment/planning.ts";
import { type RunRequest, run } from "../../../src/experiment/run.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import { scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { always, call, parallel, spread, tool, workflowOf } from "../workflow/programs.ts";

const small = layered("small", 0.25);

/** Two prompts side by side, a tool, and an answer by the other LLM. */
const workflow = workflowOf([
  parallel(2, call({ prompt: spread, output: always(4) })),
  tool({ latency: always(0.2) }),
  call({ llm: "b", prompt: spread, output: { kind: "uniform", low: 10, high: 30 } }),
]);

const llmsOf = (model = small): PlannedLlm[] =>
  ["a", "b"].map((name) => ({ name, model, engine: testEngine }));

const request: RunRequest = {
  workflow,
  llms: llmsOf(),
  cluster: testCluster(1, 2),
  seed: 1,
  planner: scepsyPlanner,
  rate: 4,
  limit: { executions: 120 },
  warmup: { fraction: 0.1 },
  sampleInterval: 1,
  isStepwise: false,
};

const quiet = () => {};

describe("run", async () => {
  const { summary, evaluation, warnings } = await run(request, quiet);
  const { simulated, predicted } = summary;

  test("plans, predicts and simulates", async () => {
    expect(summary).toMatchObject({
      schema_version: 1,
      workload: "test",
      cluster: "test-cluster",
      planner: "scepsy",
      seed: 1,
      rate_per_second: 4,
      plan: { feasible: true, reason: null, gpus_total: 2 },
      results: null,
    });
    expect(Object.keys(summary.plan.llms)).toEqual(["a", "b"]);
    expect(predicted!.throughput_per_second).toBe(4);
    expect(predicted!.throughput_max_per_second).toBeGreaterThanOrEqual(1.1 * 4);
    const { latency_mean_seconds, throughput_max_per_second } = predicted!;
    expect(summary.predictions["alp+"]).toMatchObject({
      latency_mean_seconds,
      throughput_max_per_second,
    });
    expect(summary.predictions["alp+"]!.tool_seconds).toBeCloseTo(0.2, 9);
    expect(summary.predictions.alp!.tool_seconds).toBe(0);
  });

  test("measures what arrived after the warm-up", async () => {
    expect(simulated!.stable).toBe(true);
    expect(simulated!.executions).toEqual({
      arrived: 108,
      completed: 108,
      failed: 0,
      unfinished: 0,
    });
    expect(simulated!.calls).toBe(360);
    expect(simulated!.llms.a!.calls).toBe(216);
    expect(simulated!.llms.b!.calls).toBe(108);
    expect(evaluation!.measurements.latencies).toHaveLength(108);
    const { mean, p50, p99, max } = simulated!.latency_seconds;
    expect(mean).toBeGreaterThan(0.2);
    expect(p50! <= p99! && p99! <= max!).toBe(true);
  });

  test("has shares and parts that sum to one", async () => {
    const shares = Object.values(simulated!.llms).map(({ time_share }) => time_share.mean!);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    const parts = Object.values(simulated!.breakdown).map((part) => part!);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
    expect(simulated!.breakdown.tool).toBeCloseTo(0.2 / simulated!.latency_seconds.mean!, 6);
  });

  test("takes errors relative to the simulation", async () => {
    const mean = simulated!.latency_seconds.mean!;
    const relative = (predicted!.latency_mean_seconds! - mean) / mean;
    expect(summary.error!.latency_mean).toBe(relative);
    expect(Math.abs(relative)).toBeLessThan(0.25);
    const throughput = simulated!.throughput_per_second!;
    expect(summary.error!.throughput).toBe((4 - throughput) / throughput);
  });

  test("shows no warning for a steady run of a planner's plan", () => expect(warnings).toEqual([]));

  test("gives the same again, stepwise too", async () => {
    const again = (await run({ ...request, isStepwise: true }, quiet)).summary;
    expect({ ...again.simulated, events: 0 }).toEqual({ ...simulated, events: 0 });
    expect(again.error).toEqual(summary.error);
  });

  test("draws other executions for another seed", async () => {
    const other = (await run({ ...request, seed: 2 }, quiet)).summary;
    expect(other.simulated!.latency_seconds).not.toEqual(simulated!.latency_seconds);
  });
});

describe("run in replications", async () => {
  const planner = fixedPlanner((await planOf(request)).deployment);
  const own = { ...request, planner };
  const replicated = await run({ ...own, replications: 3 }, quiet);
  const { simulated } = replicated.summary;
  const runs = await Promise.all([1, 2, 3].map((seed) => run({ ...own, seed }, quiet)));
  const each = runs.map(({ summary }) => summary.simulated!);
  const meanOf = (values: readonly (number | null)[]) =>
    values.reduce<number>((sum, value) => sum + value!, 0) / values.length;

  test("has the means of the runs of each seed, counts of all, and Student's intervals", () => {
    const means = each.map(({ latency_seconds: { mean } }) => mean!);
    const latency = simulated!.latency_seconds;
    expect(latency.mean).toBeCloseTo(meanOf(means), 12);
    expect(latency.p95).toBeCloseTo(meanOf(each.map((run) => run.latency_seconds.p95)), 12);
    expect(latency.max).toBe(Math.max(...each.map((run) => run.latency_seconds.max!)));
    const deviation = Math.sqrt(
      means.reduce((sum, mean) => sum + (mean - latency.mean!) ** 2, 0) / 2,
    );
    const half = (4.303 * deviation) / Math.sqrt(3);
    expect(latency.mean_ci95![0]).toBeCloseTo(latency.mean! - half, 9);
    expect(latency.mean_ci95![1]).toBeCloseTo(latency.mean! + half, 9);
    const ttfts = each.map((run) => run.llms.a!.ttft_seconds.p90);
    expect(simulated!.llms.a!.ttft_seconds.p90).toBeCloseTo(meanOf(ttfts), 12);
    expect(simulated).toMatchObject({
      stable: true,
      replications: 3,
      executions: { arrived: 3 * 108, completed: 3 * 108, failed: 0, unfinished: 0 },
      calls: 3 * 360,
      llms: { a: { calls: 3 * 216 } },
    });
  });

  test("keeps the keys of a single run, and the first run's tables", async () => {
    const single = await run(own, quiet);
    expect(Object.keys(simulated!)).toEqual(Object.keys(single.summary.simulated!));
    const bytes = [single, replicated].map(({ evaluation }) => evaluation!.tables.calls.toArrow());
    const [expected, shown] = await Promise.all(bytes);
    expect(shown).toEqual(expected);
  });

  test("says where a precision was not reached", async () => {
    const heavy = { ...own, planner: userPlanner, rate: 2000, limit: { executions: 40 } };
    const { summary, warnings } = await run({ ...heavy, precision: 0.0001 }, quiet);
    expect(summary.simulated!.replications).toBe(10);
    expect(warnings.join()).toMatch(/--precision 0.0 % was not reached.* after 10 replications/);
  });
});

async function planOf(planned: RunRequest) {
  const { outcome } = await planWorkload(planned, quiet);
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  return outcome;
}

describe("run without a rate", () => {
  test("takes 0.6 of scepsy's predicted peak, whatever the planner", async () => {
    const { rate: _, ...open } = request;
    const planners = [scepsyPlanner, userPlanner];
    const rates = await Promise.all(planners.map((planner) => run({ ...open, planner }, quiet)));
    const [scepsy, user] = rates.map(({ summary }) => summary);
    expect(user!.rate_per_second).toBe(scepsy!.rate_per_second);
    expect(scepsy!.predicted!.throughput_max_per_second).toBeGreaterThanOrEqual(
      1.1 * scepsy!.rate_per_second!,
    );
  });
});

describe("run without a plan", () => {
  test("at an absurd rate is a result of nulls with a reason", async () => {
    const { summary, evaluation } = await run({ ...request, rate: 1e6 }, quiet);
    expect(evaluation).toBeUndefined();
    expect(summary).toMatchObject({
      rate_per_second: 1e6,
      plan: { feasible: false, gpus_used: 0, llms: {} },
      predictions: { alp: { latency_mean_seconds: null } },
      predicted: null,
      simulated: null,
      error: null,
    });
    expect(summary.plan.reason).toMatch(/cannot serve/);
  });

  test("on GPUs too small for the models together is a result too", async () => {
    // Two models of 56 GB on one GPU of 80 GB; each alone fits.
    const large = { ...request, llms: llmsOf(layered("large", 3.5)), cluster: testCluster(1, 1) };
    const { rate: _, ...open } = large;
    expect((await run(large, quiet)).summary.plan.feasible).toBe(false);
    const { summary } = await run(open, quiet);
    expect([summary.rate_per_second, summary.plan.feasible]).toEqual([null, false]);
  });

  test("where a model fits no fast domain is a result too", async () => {
    const huge = { ...request, llms: llmsOf(layered("huge", 40)) };
    const { plan, simulated, predictions } = (await run(huge, quiet)).summary;
    expect(plan).toMatchObject({ feasible: false, candidates: 0 });
    expect(plan.reason).toMatch(/^a \(huge, calls of up to \d+ tokens\) does not fit/);
    expect([simulated, predictions.alp!.latency_mean_seconds]).toEqual([null, null]);
  });

  test("where no call fits its model, or all executions fail, has no numbers", async () => {
    const llms = llmsOf({ ...small, contextLimit: 8 });
    for (const planner of [scepsyPlanner, independentPlanner, userPlanner]) {
      const { plan, simulated, predictions } = (await run({ ...request, llms, planner }, quiet))
        .summary;
      if (plan.feasible) expect(simulated!.executions.failed, planner.name).toBe(108);
      else expect(plan.reason, planner.name).toMatch(/\w+ \w+/);
      expect(predictions.alp!.latency_mean_seconds, planner.name).toBeNull();
    }
  });

  test("with a user's plan that cannot run is the user's error", async () => {
    const { cluster } = request;
    const llms = llmsOf().map((llm) => ({ ...llm, instances: [] }));
    const planner = fixedPlanner({ cluster, llms });
    await expect(run({ ...request, planner }, quiet)).rejects.toThrow(UserError);
  });
});

describe("an overloaded run", () => {
  test("of a user's plan is simulated with a warning, and has no error", async () => {
    const heavy = { ...request, planner: userPlanner, rate: 2000, limit: { executions: 400 } };
    const { summary, warnings } = await run(heavy, quiet);
    expect(warnings.join()).toMatch(/above the predicted peak/);
    expect(summary.predicted!.latency_mean_seconds).toBeNull();
    expect(summary.predicted!.throughput_per_second).toBeLessThan(2000);
    expect(summary.simulated!.stable).toBe(false);
    expect(summary.error).toEqual({ latency_mean: null, throughput: null });
  });
});
