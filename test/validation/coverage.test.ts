/**
 * How often the 95 % intervals of a run hold the truth, on an M/M/1 queue, whose mean, percentiles
 * (times in the system are exponential) and throughput are known: those of a single run, by batch
 * means, and those of runs in five replications, by Student's t. Warm-up, measurement and summary
 * are those of `sim run`.
 */

import { expect, test } from "vitest";
import { measure } from "../../src/experiment/evaluation.ts";
import { overReplications } from "../../src/experiment/replicated-summary.ts";
import {
  type SimulatedSummary,
  summarizeSimulated,
} from "../../src/experiment/simulated-summary.ts";
import { judgeStability, type Stability } from "../../src/experiment/stability.ts";
import { noSlowdown } from "../../src/hardware/interference.ts";
import { poissonGaps } from "../../src/workflow/arrivals.ts";
import { callStep, queueDeployment } from "./queue-run.ts";
import { exponentialTimes, iterationsByPrompt, SERVICE_MEAN } from "./services.ts";

const LOAD = 0.5;

/** Millions of executions. */
const TIMEOUT = 600_000;
const MEAN = SERVICE_MEAN / (1 - LOAD);

interface Run {
  readonly simulated: SimulatedSummary;
  readonly stability: Stability;
}

/** Independent runs of a queue. */
function runsOf(count: number, executions: number): Run[] {
  const name = `coverage/${executions}`;
  const times = exponentialTimes(`${name}/size`);
  const deployment = queueDeployment(1, 1);
  return Array.from({ length: count }, (_, replication) => {
    const run = measure({
      deployment,
      slowdownModel: noSlowdown,
      iterationTime: () => iterationsByPrompt,
      arrivals: {
        kind: "open",
        rate: LOAD / SERVICE_MEAN,
        limit: { executions },
        unitGap: poissonGaps(replication, name),
      },
      source: (index) => ({ index, hash: "", steps: [callStep(0, times.drawTokens(), true)] }),
      seed: 1,
      warmup: { fraction: 0.1 },
      isStepwise: false,
      onProgress: () => {},
    });
    return { simulated: summarizeSimulated(run, ["server"]), stability: judgeStability(run) };
  });
}

type Interval = readonly [number, number | null] | null;

/** What is estimated, its true value, and its interval in a summary. */
const FIGURES: readonly [string, number, (simulated: SimulatedSummary) => Interval][] = [
  ["mean", MEAN, ({ latency_seconds }) => latency_seconds.mean_ci95],
  ["p50", MEAN * Math.log(2), ({ latency_seconds }) => latency_seconds.p50_ci95],
  ["p90", MEAN * Math.log(10), ({ latency_seconds }) => latency_seconds.p90_ci95],
  ["p95", MEAN * Math.log(20), ({ latency_seconds }) => latency_seconds.p95_ci95],
  ["p99", MEAN * Math.log(100), ({ latency_seconds }) => latency_seconds.p99_ci95],
  ["throughput", LOAD / SERVICE_MEAN, (simulated) => simulated.throughput_per_second_ci95],
];

/** Part of the summaries whose interval holds the truth, by figure. */
function coverage(summaries: readonly SimulatedSummary[]): Record<string, number> {
  const parts = FIGURES.map(([name, truth, intervalOf]) => {
    const holding = summaries.filter((simulated) => {
      const [low, high] = intervalOf(simulated)!;
      return low <= truth && truth <= (high ?? Infinity);
    });
    return [name, holding.length / summaries.length];
  });
  return Object.fromEntries(parts);
}

const between = (least: number, most: number) => ({
  asymmetricMatch: (part: unknown) => Number(part) >= least && Number(part) <= most,
  toAsymmetricMatcher: () => `${least} to ${most}`,
});

/** As often as it says, to 2 %. */
const kept = between(0.93, 0.97);

test("runs of 1,000 executions, one by one and in fives", { timeout: TIMEOUT }, () => {
  const runs = runsOf(2500, 1000);
  const fives = Array.from({ length: 500 }, (_, five) => {
    return overReplications(runs.slice(5 * five, 5 * five + 5));
  });
  // Too few executions lie beyond the higher percentiles.
  expect(coverage(runs.map(({ simulated }) => simulated))).toEqual({
    ...{ mean: kept, p50: kept, p90: kept, throughput: kept },
    ...{ p95: between(0.9, 0.97), p99: between(0.85, 0.97) },
  });
  expect(coverage(fives)).toEqual({
    ...{ mean: kept, p50: kept, p90: kept, p95: kept, throughput: kept },
    p99: between(0.85, 0.97),
  });
});

test("runs of 2,000 executions", { timeout: TIMEOUT }, () => {
  expect(coverage(runsOf(1000, 2000).map(({ simulated }) => simulated))).toEqual({
    ...{ mean: kept, p50: kept, p90: kept, p95: kept, throughput: kept },
    p99: between(0.88, 0.97),
  });
});
