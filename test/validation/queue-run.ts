/**
 * Replicas reduced to queues: calls without prefix cache, network delay or interference, whose
 * service times a test sets through the tokens of calls and the time of iterations.
 */

import { expect } from "vitest";
import type { Deployment } from "../../src/deployment/plan.ts";
import { toTicks } from "../../src/engine/ticks.ts";
import { type LittlesLaw, LittlesLawObserver } from "../../src/experiment/littles-law.ts";
import { simulate } from "../../src/experiment/simulate.ts";
import { noSlowdown } from "../../src/hardware/interference.ts";
import type { IterationTime } from "../../src/llm/iteration-time.ts";
import { poissonGaps } from "../../src/workflow/arrivals.ts";
import type { DrawnStep } from "../../src/workflow/drawn-execution.ts";
import type { RunningExecution } from "../../src/workflow/execution-runner.ts";
import { testCluster, testEngine, testModel } from "../unit/fixtures.ts";
import { BATCHES, controlledMean, type MeanInterval } from "./controlled-mean.ts";
import { SERVICE_MEAN, type ServiceTimes } from "./services.ts";

/** Executions that arrive before any is measured. */
const WARMUP = 20_000;

/** Half of the interval's width, relative to the mean, that is accepted. */
const MAX_HALF_WIDTH = 0.02;

/** Relative difference of the two sides of Little's law, from the edges of the window. */
const MAX_EDGE = 0.002;

/** A system of queues with Poisson arrivals. */
export interface Queue {
  /** Names the random stream of the arrivals. */
  readonly name: string;
  /** Executions per mean service time. */
  readonly rate: number;
  /** LLMs with one replica each; an execution calls all of them at once. */
  readonly llms?: number;
  readonly maxNumSeqs: number;
  readonly times: ServiceTimes;
  readonly iterationTime: IterationTime;
  /** What is measured of an execution, in ticks. */
  readonly measure: (execution: RunningExecution) => number;
  /** Executions that are measured. */
  readonly executions: number;
  /**
   * Adds a control variate: the waits that the same calls would have at servers of this speed, each
   * with one queue, first come first served. Not for a system that is just that.
   */
  readonly companionSpeed?: number;
}

/** What a queue shows. */
export interface QueueRun {
  /** Of the mean of what is measured, in mean service times. */
  readonly interval: MeanInterval;
  readonly littlesLaw: LittlesLaw;
}

/** Simulates a queue. */
export function runQueue(queue: Queue): QueueRun {
  const { llms = 1, times } = queue;
  const responses = new BatchMeans(queue.executions);
  const controls = new Controls(queue);
  const littlesLaw = new LittlesLawObserver();
  const last = WARMUP + queue.executions - 1;
  const drawGap = poissonGaps(1, `queue/${queue.name}`);
  let gap = 0;
  simulate({
    deployment: queueDeployment(llms, queue.maxNumSeqs),
    slowdownModel: noSlowdown,
    isStreaming: true,
    iterationTime: () => queue.iterationTime,
    arrivals: {
      kind: "open",
      rate: queue.rate / SERVICE_MEAN,
      limit: { executions: last + 1 },
      unitGap: () => {
        gap = drawGap();
        return gap;
      },
    },
    source: (index) => {
      const steps: DrawnStep[] = [];
      controls.addGap(index, gap / queue.rate);
      for (let llm = 0; llm < llms; llm++) {
        const tokens = times.drawTokens();
        controls.addCall(index, llm, tokens / times.tokensMean);
        steps.push(callStep(llm, tokens, times.tokens === "prompt"));
      }
      return { index, hash: "", steps };
    },
    observer: {
      onArrival: (execution, now) => {
        if (execution === WARMUP) littlesLaw.openWindow(now);
        littlesLaw.arrive(now);
        if (execution === last) littlesLaw.closeWindow(now);
      },
      onExecutionEnd: (execution) => {
        littlesLaw.leave(execution.endTime, execution.arrivalTime);
        responses.add(execution.drawn.index, queue.measure(execution) / toTicks(SERVICE_MEAN));
      },
    },
  });
  const interval = controlledMean(responses.means(), controls.means());
  return { interval, littlesLaw: littlesLaw.result() };
}

/** The mean is known to 2 % at 99 %, and agrees with the closed form; Little's law holds. */
export function expectMean(run: QueueRun, expected: number): void {
  expectPrecise(run);
  const { mean, halfWidth } = run.interval;
  const shown = `${expected} is not within ${mean} ± ${halfWidth}`;
  expect(Math.abs(mean - expected), shown).toBeLessThanOrEqual(halfWidth);
}

/** The mean is known to 2 % at 99 %, and lies between bounds; Little's law holds. */
export function expectBetween(run: QueueRun, low: number, high: number): void {
  expectPrecise(run);
  const { mean, halfWidth } = run.interval;
  expect(mean - halfWidth).toBeGreaterThan(low);
  expect(mean + halfWidth).toBeLessThan(high);
}

function expectPrecise({ interval, littlesLaw }: QueueRun): void {
  expect(interval.halfWidth / interval.mean).toBeLessThan(MAX_HALF_WIDTH);
  const { numberInSystem, arrivalRate, timeInSystem, unexplained } = littlesLaw;
  expect(unexplained).toBe(0);
  expect(Math.abs(numberInSystem / (arrivalRate * timeInSystem) - 1)).toBeLessThan(MAX_EDGE);
}

/** Means over the measured executions of each batch. */
class BatchMeans {
  readonly #sums = new Float64Array(BATCHES);
  readonly #size: number;

  constructor(executions: number) {
    this.#size = executions / BATCHES;
  }

  add(execution: number, value: number): void {
    if (execution >= WARMUP) this.#sums[Math.floor((execution - WARMUP) / this.#size)]! += value;
  }

  means(): number[] {
    return Array.from(this.#sums, (sum) => sum / this.#size);
  }
}

/**
 * Inputs as deviations from their known means: gaps, sizes of calls, and the waits of the companion
 * queue. They follow from what was drawn alone and know nothing of the simulation.
 */
class Controls {
  readonly #queue: Queue;
  readonly #gaps: BatchMeans;
  readonly #sizes: BatchMeans;
  readonly #waits: BatchMeans;
  readonly #waitMean: number;
  #gap = 0;
  /** By LLM: when the companion has served the call added last, after its arrival. */
  readonly #times: number[];

  constructor(queue: Queue) {
    const { executions, rate, times, llms = 1, companionSpeed = 1 } = queue;
    this.#queue = queue;
    this.#gaps = new BatchMeans(executions);
    this.#sizes = new BatchMeans(executions);
    this.#waits = new BatchMeans(executions);
    this.#waitMean = singleServerWait(rate, times, companionSpeed);
    this.#times = new Array<number>(llms).fill(0);
  }

  /** An execution arrives `gap` mean service times after the one before. */
  addGap(execution: number, gap: number): void {
    this.#gap = gap;
    this.#gaps.add(execution, gap - 1 / this.#queue.rate);
  }

  /** It calls an LLM for `size` mean service times. */
  addCall(execution: number, llm: number, size: number): void {
    const { companionSpeed } = this.#queue;
    this.#sizes.add(execution, size - 1);
    if (companionSpeed === undefined) return;
    // Lindley's recursion.
    const wait = Math.max(0, this.#times[llm]! - this.#gap);
    this.#times[llm] = wait + size / companionSpeed;
    this.#waits.add(execution, wait - this.#waitMean);
  }

  means(): number[][] {
    const { times, companionSpeed } = this.#queue;
    const used = [this.#gaps];
    if (times.square > 1) used.push(this.#sizes);
    if (companionSpeed !== undefined) used.push(this.#waits);
    return used.map((batches) => batches.means());
  }
}

/** Mean wait at one server, in mean service times: λ·E[S²] / (2·(1 − ρ)), Pollaczek–Khinchine. */
export function singleServerWait(rate: number, { square }: ServiceTimes, speed = 1): number {
  return (rate * square) / speed ** 2 / (2 * (1 - rate / speed));
}

const NO_SUCCESSORS: number[] = [];

export function callStep(llm: number, tokens: number, isPrompt: boolean): DrawnStep {
  return {
    kind: "call",
    role: "only",
    llm,
    promptTokens: isPrompt ? tokens : 1,
    outputTokens: isPrompt ? 1 : tokens,
    conversation: -1,
    retainTokens: 0,
    predecessorCount: 0,
    successors: NO_SUCCESSORS,
  };
}

/** A replica of each LLM on a GPU of its own, with room for any context; no network delay. */
export function queueDeployment(llms: number, maxNumSeqs: number): Deployment {
  const cluster = {
    ...testCluster(1, llms),
    frontendLink: { latency: 0, bandwidth: Number.POSITIVE_INFINITY },
  };
  const limit = 2 ** 40;
  const engine = { ...testEngine, maxNumSeqs, maxNumBatchedTokens: limit, blockSize: 1 };
  const model = { ...testModel, layers: 1, kvHeads: 1, headDim: 1, contextLimit: limit };
  return {
    cluster,
    llms: cluster.gpus.map((gpu) => ({
      name: `server${gpu.index}`,
      model,
      engine,
      instances: [{ gpus: [gpu], share: 1 }],
    })),
  };
}
