/**
 * A replica that serves one request at a time, each in one iteration of constant length s, is an
 * M/D/1 queue: with Poisson arrivals at load rho, the mean wait is rho·s / (2·(1 − rho)).
 * Two runs, each after a warm-up, are averaged: the second draws its gaps from 1 − u where the
 * first has u, so that their errors nearly cancel. Also Little's law, from counts kept apart from
 * the measured times.
 */

import { beforeAll, describe, expect, test } from "vitest";
import { randomStream } from "../../src/engine/random-streams.ts";
import { toSeconds, toTicks } from "../../src/engine/ticks.ts";
import { simulate } from "../../src/experiment/simulate.ts";
import { noSlowdown } from "../../src/hardware/interference.ts";
import type { IterationTime } from "../../src/llm/iteration-time.ts";
import type { Request } from "../../src/serving/request.ts";
import type { DrawnExecution } from "../../src/workflow/drawn-execution.ts";
import { testCluster, testEngine, testModel } from "../unit/fixtures.ts";

/** Service time in seconds: host and GPU work of the only iteration of a call. */
const HOST = 0.002;
const WORK = 0.008;
const SERVICE = HOST + WORK;

/** Relative error of the mean wait that is accepted. */
const TOLERANCE = 0.02;

const WARMUP_CALLS = 20_000;

/** What one run of the queue shows; times in seconds. */
interface QueueRun {
  readonly waits: number[];
  /** Calls that did not start when both they and the server were there, or took another time. */
  readonly misplaced: number;
  /** Means over the window between the last warm-up arrival and the last arrival. */
  readonly numberInSystem: number;
  readonly arrivalRate: number;
  readonly timeInSystem: number;
}

describe.each([
  { load: 0.3, calls: 200_000 },
  { load: 0.6, calls: 200_000 },
  { load: 0.9, calls: 1_700_000 },
])("M/D/1 at load $load", ({ load, calls }) => {
  let runs: QueueRun[] = [];
  /** By hundredth of the calls, the mean of both runs. */
  let means: number[] = [];
  beforeAll(() => {
    runs = [false, true].map((isMirrored) => runQueue(load, calls, isMirrored));
    const [plain, mirrored] = runs.map(({ waits }) => batchMeans(waits));
    means = plain!.map((value, index) => (value + mirrored![index]!) / 2);
  }, 30_000);

  test("waits as long as the closed form says", () => {
    const expected = (load * SERVICE) / (2 * (1 - load));
    const error = mean(means) / expected - 1;
    expect(Math.abs(error), `relative error ${error}`).toBeLessThan(TOLERANCE);
  });

  test("serves every call when the recursion of a single server says, to the tick", () => {
    expect(runs.map(({ misplaced }) => misplaced)).toEqual([0, 0]);
  });

  test("is long enough for the tolerance to be three standard errors", () => {
    const average = mean(means);
    const variance = mean(means.map((value) => (value - average) ** 2));
    expect(Math.sqrt(variance / (means.length - 1)) / average).toBeLessThan(TOLERANCE / 3);
  });

  test("obeys Little's law", () => {
    for (const { numberInSystem, arrivalRate, timeInSystem } of runs) {
      const ratio = numberInSystem / (arrivalRate * timeInSystem);
      expect(Math.abs(ratio - 1)).toBeLessThan(0.001);
    }
  });

  test("arrives at the rate asked for", () => {
    const rate = mean(runs.map(({ arrivalRate }) => arrivalRate));
    expect(Math.abs((rate * SERVICE) / load - 1)).toBeLessThan(0.005);
  });
});

/** Means of a hundred consecutive parts, long enough to be nearly independent. */
function batchMeans(values: readonly number[]): number[] {
  const size = Math.floor(values.length / 100);
  return Array.from({ length: 100 }, (_, index) =>
    mean(values.slice(index * size, (index + 1) * size)),
  );
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function runQueue(load: number, calls: number, isMirrored: boolean): QueueRun {
  const system = new NumberInSystem();
  const waits: number[] = [];
  const times: number[] = [];
  let misplaced = 0;
  let freeTime = 0;
  const check = ({ arrivalTime, startTime, finishTime }: Request) => {
    const start = Math.max(arrivalTime, freeTime);
    freeTime = start + toTicks(SERVICE);
    if (startTime !== start || finishTime !== freeTime) misplaced++;
  };
  const measure = ({ arrivalTime, startTime, finishTime }: Request) => {
    waits.push(toSeconds(startTime - arrivalTime));
    times.push(toSeconds(finishTime - arrivalTime));
  };
  let firstTime = 0;
  let lastTime = 0;
  simulate({
    deployment: singleServer(),
    source: drawCall,
    arrivals: {
      kind: "open",
      rate: load / SERVICE,
      unitGap: exponentialGaps(isMirrored),
      limit: { executions: calls },
    },
    slowdownModel: noSlowdown,
    iterationTime: () => constantTime,
    observer: {
      onArrival: (execution, now) => {
        system.change(now, 1);
        if (execution === WARMUP_CALLS) {
          firstTime = now;
          system.restart(now);
        }
        if (execution === calls - 1) {
          lastTime = now;
          system.freeze();
        }
      },
      onCallEnd: ({ drawn }, _, request) => {
        check(request);
        if (drawn.index >= WARMUP_CALLS) measure(request);
      },
      onExecutionEnd: ({ endTime }) => system.change(endTime, -1),
    },
  });
  const span = toSeconds(lastTime - firstTime);
  return {
    waits,
    misplaced,
    numberInSystem: system.area / (lastTime - firstTime),
    arrivalRate: (calls - 1 - WARMUP_CALLS) / span,
    timeInSystem: mean(times),
  };
}

/** Gaps of a Poisson process at unit rate. */
function exponentialGaps(isMirrored: boolean): () => number {
  const draw = randomStream(1, "md1");
  return () => {
    const uniform = draw();
    return -Math.log(isMirrored ? Math.max(uniform, Number.MIN_VALUE) : 1 - uniform);
  };
}

/** Integral over time of the number of executions in the system. */
class NumberInSystem {
  area = 0;
  #count = 0;
  #since = 0;
  #isFrozen = false;

  change(now: number, change: 1 | -1): void {
    if (!this.#isFrozen) this.area += this.#count * (now - this.#since);
    this.#count += change;
    this.#since = now;
  }

  /** Forgets the past. */
  restart(now: number): void {
    this.area = 0;
    this.#since = now;
  }

  freeze(): void {
    this.#isFrozen = true;
  }
}

const constantTime: IterationTime = {
  host: () => HOST,
  decode: () => ({ fixed: WORK, perContextToken: 0 }),
  mixed: () => WORK,
};

/** One replica with room for one request at a time, without network delay. */
function singleServer() {
  const cluster = {
    ...testCluster(1, 1),
    frontendLink: { latency: 0, bandwidth: Number.POSITIVE_INFINITY },
  };
  const engine = { ...testEngine, maxNumSeqs: 1 };
  const instances = [{ gpus: cluster.gpus, share: 1 }];
  return { cluster, llms: [{ name: "server", model: testModel, engine, instances }] };
}

function drawCall(index: number): DrawnExecution {
  return {
    index,
    hash: "",
    steps: [
      {
        kind: "call",
        role: "only",
        llm: 0,
        promptTokens: 1,
        outputTokens: 1,
        conversation: -1,
        retainTokens: 0,
        predecessorCount: 0,
        successors: [],
      },
    ],
  };
}
