/**
 * Comparisons of planners on a small workflow, and the ratios of pairs.
 */

import { describe, expect, test } from "vitest";
import { userPlanner } from "../../../src/baselines/user.ts";
import { type CompareRequest, compare } from "../../../src/experiment/compare.ts";
import { type Judged, loadRates, pairRatios } from "../../../src/experiment/compare-ratios.ts";
import { runTrial, type Trial, type TrialResult } from "../../../src/experiment/trial.ts";
import type { Planner } from "../../../src/planner/planner.ts";
import { scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { always, call, spread, workflowOf } from "../workflow/programs.ts";

const model = layered("small", 0.5);
const engine = { ...testEngine, maxNumSeqs: 8 };

const never: Planner = {
  name: "never",
  plan: () => ({ isFeasible: false, reason: "it plans nothing", candidates: 0 }),
};

const request: CompareRequest = {
  workflow: workflowOf([
    call({ prompt: spread, output: always(60) }),
    call({ llm: "b", prompt: spread, output: always(10) }),
  ]),
  llms: ["a", "b"].map((name) => ({ name, model, engine })),
  cluster: testCluster(1, 2),
  seed: 1,
  planners: [scepsyPlanner, userPlanner, never],
  rates: [2],
  replications: 2,
};

const atOnce = async (trial: Trial) => runTrial(trial);

/** What made-up trials do not show. */
const NOTHING = {
  latencyInterval: null,
  latencyP95: null,
  latencyP95Interval: null,
  anatomy: { latency: 0, union: 0, llms: [] },
};

describe("compare", () => {
  const seen: Trial[] = [];
  const done: number[] = [];
  const comparison = compare(request, {
    runTrial: (trial) => {
      seen.push(trial);
      return atOnce(trial);
    },
    onProgress: (_, part) => done.push(part),
  });

  test("finds peaks that trials confirm", async () => {
    const { planners } = await comparison;
    for (const name of ["scepsy", "user"]) {
      const { peak_throughput_per_second: peak, peaks_per_second } = planners[name]!;
      expect(peaks_per_second).toHaveLength(2);
      const [one, other] = peaks_per_second.map((each) => each!);
      expect(peak).toBeCloseTo(Math.sqrt(one! * other!), 9);
      const [low, high] = planners[name]!.peak_throughput_ci95!;
      expect(low <= peak! && peak! < high).toBe(true);
    }
  });

  test("has points up to the peak, at the loads of the pair and where asked", async () => {
    const { planners, ratios } = await comparison;
    const rates = Object.values(ratios["scepsy/user"]!.rate_at_load_per_second);
    expect(rates).toHaveLength(4);
    for (const name of ["scepsy", "user"]) {
      const { points } = planners[name]!;
      const at = points.map(({ rate_per_second }) => rate_per_second);
      expect(at).toEqual([...at].sort((a, b) => a - b));
      expect(at).toEqual(expect.arrayContaining([2, ...rates]));
      for (const point of points) {
        const [low, high] = point.latency_mean_ci95!;
        expect(low < point.latency_mean_seconds!).toBe(true);
        expect(point.latency_mean_seconds! < high).toBe(true);
        expect(point.latency_p95_seconds!).toBeGreaterThan(point.latency_mean_seconds!);
      }
    }
  });

  test("has a planner without plans, with its reason and without figures", async () => {
    const { planners, ratios } = await comparison;
    expect(planners.never).toEqual({
      points: [],
      peak_throughput_per_second: null,
      peak_throughput_ci95: null,
      peaks_per_second: [null, null],
      infeasible: "it plans nothing",
    });
    expect(ratios["scepsy/never"]).toMatchObject({
      throughput: null,
      latency_at_load: { "0.25": null, "0.5": null, "0.75": null, "0.9": null },
    });
  });

  test("judges every planner on the same executions, and tries no plan twice", async () => {
    await comparison;
    expect(new Set(seen.map(({ seed }) => seed))).toEqual(new Set([1, 2]));
    const keys = seen.map((trial) => JSON.stringify([trial.rate, trial.seed, trial.deployment]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("tells how far it is", async () => {
    await comparison;
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });

  test("does not depend on the order in which trials end", async () => {
    // Made-up trials: what is sustained depends on the plan, the executions and nothing else.
    const madeUp = ({ deployment, rate, seed }: Trial): TrialResult => {
      const latencyMean = rate + seed + deployment.llms[0]!.instances.length;
      const isStable = latencyMean < 40;
      return { ...NOTHING, isStable, throughput: rate, latencyMean };
    };
    const inOrder = async (trial: Trial) => madeUp(trial);
    let started = 0;
    const outOfOrder = async (trial: Trial) => {
      for (let turn = (++started * 7) % 5; turn > 0; turn--) await undefined;
      return madeUp(trial);
    };
    const [one, other] = await Promise.all(
      [inOrder, outOfOrder].map((made) => {
        return compare(request, { runTrial: made, onProgress: () => {} });
      }),
    );
    expect(one!.planners.scepsy!.peak_throughput_per_second).toBeGreaterThan(30);
    expect(other).toEqual(one);
  });
});

/** A planner whose latency is `latency` at all rates, judged twice. */
function judged(name: string, peaks: readonly number[], latency: readonly number[]): Judged {
  const points = [2.5, 5, 7.5, 9].map((rate) => ({
    rate,
    plannedRate: rate,
    results: latency.map((latencyMean, index) => ({
      isStable: rate <= peaks[index]!,
      throughput: rate,
      latencyMean,
      ...NOTHING,
    })),
  }));
  return { name, peaks, reason: null, points };
}

describe("pairRatios", () => {
  const scepsy = judged("scepsy", [20, 24], [1, 2]);

  test("are paired by replication", () => {
    const other = judged("other", [10, 12], [3, 6]);
    const { throughput, latencies } = pairRatios(scepsy, { ...other, peaks: [10, 10] });
    expect(throughput!.value).toBeCloseTo(Math.sqrt(2 * 2.4), 12);
    // The latencies differ between replications, their ratio does not.
    expect(latencies.map(({ ratio }) => ratio!.value)).toEqual(Array(4).fill(expect.closeTo(3)));
    expect(latencies[0]!.ratio!.interval).toEqual([expect.closeTo(3), expect.closeTo(3)]);
    // 3 − 1 and 6 − 2 seconds: Student's t of two is 12.706 standard errors of 1.
    const { value, interval } = latencies[0]!.difference!;
    expect([value, ...interval!]).toEqual([3, expect.closeTo(3 - 12.706), expect.closeTo(15.706)]);
    const exact = pairRatios(scepsy, other).throughput!;
    expect(exact.value).toBeCloseTo(2, 12);
    expect(exact.interval).toEqual([expect.closeTo(2 / 1.02), expect.closeTo(2 * 1.02)]);
  });

  test("are of parts of the lower peak", () => {
    const other = judged("other", [10, 10], [3, 6]);
    const third = judged("third", [4, 4], [3, 6]);
    expect(loadRates(other, [scepsy, other, third])).toEqual([2.5, 5, 7.5, 9]);
    expect(loadRates(third, [scepsy, other, third])).toEqual([1, 2, 3, 3.6]);
    expect(loadRates(scepsy, [scepsy, third, other])).toEqual([1, 2, 3, 3.6, 2.5, 5, 7.5, 9]);
    expect(loadRates(other, [other, third])).toEqual([2.5, 5, 7.5, 9]);
    expect(pairRatios(other, scepsy).latencies.map(({ rate }) => rate)).toEqual([2.5, 5, 7.5, 9]);
  });

  test("are null where a replication of one is not stable", () => {
    const other = { ...judged("other", [8, 30], [3, 6]), peaks: [10, 10] };
    const { latencies } = pairRatios(scepsy, other);
    expect(latencies.map(({ ratio }) => ratio === null)).toEqual([false, false, false, true]);
  });
});
