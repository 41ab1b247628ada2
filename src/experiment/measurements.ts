/**
 * What a run is judged by, gathered as its executions end: only those that arrived after the
 * warm-up count. Keeps a few numbers per execution and per call, never the executions.
 */

import { toSeconds } from "../engine/ticks.ts";
import type { Request } from "../serving/request.ts";
import type { DrawnTool } from "../workflow/drawn-execution.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import { addCriticalPath, emptyBreakdown } from "./critical-path.ts";
import { Samples } from "./samples.ts";

/** Measured calls of one LLM. */
export interface LlmMeasurements {
  calls: number;
  promptTokens: number;
  cachedTokens: number;
  /** By call, in seconds. */
  readonly ttft: Samples;
  readonly tpot: Samples;
  readonly queue: Samples;
  /** By completed execution: the LLM's part of the summed call durations. */
  readonly timeShares: Samples;
}

/** Gathers the measurements of one run with `llmCount` LLMs. */
export class Measurements {
  readonly llms: readonly LlmMeasurements[];
  readonly breakdown = emptyBreakdown();
  readonly counts = { arrived: 0, completed: 0, failed: 0, unfinished: 0 };
  /** By completed execution: the tools' part of its latency. */
  readonly toolShares = new Samples();

  readonly #isMeasured: (execution: RunningExecution) => boolean;
  /** Of the measured executions, in the order in which they ended; times in seconds. */
  readonly #indices = new Samples();
  readonly #arrivals = new Samples();
  readonly #ends = new Samples();
  /** NaN for one that did not complete. */
  readonly #latencies = new Samples();
  readonly #busy: number[];
  /** Completion instants in seconds of all executions, measured or not. */
  readonly #completions = new Samples();

  constructor(llmCount: number, isMeasured: (execution: RunningExecution) => boolean) {
    this.#isMeasured = isMeasured;
    this.#busy = new Array<number>(llmCount).fill(0);
    this.llms = Array.from({ length: llmCount }, () => ({
      calls: 0,
      promptTokens: 0,
      cachedTokens: 0,
      ttft: new Samples(),
      tpot: new Samples(),
      queue: new Samples(),
      timeShares: new Samples(),
    }));
  }

  /** Latencies in seconds of the measured executions that completed, in order of arrival. */
  get latencies(): Float64Array {
    const ordered = inOrder(this.#indices, this.#latencies);
    const isWhole = this.counts.completed === ordered.length;
    return isWhole ? ordered : ordered.filter((latency) => !Number.isNaN(latency));
  }

  /** Completions of any execution in (from, to], in seconds. */
  completionsIn(from: number, to: number): number {
    let count = 0;
    for (const time of this.#completions.values) if (time > from && time <= to) count++;
    return count;
  }

  /** Executions in flight at the arrival of each measured one that arrived after `from`. */
  inFlightAtArrivals(from: number): Int32Array {
    const arrivals = inOrder(this.#indices, this.#arrivals);
    const ends = this.#ends.values.toSorted();
    const counts = new Int32Array(arrivals.length);
    let ended = 0;
    let counted = 0;
    for (let arrived = 0; arrived < arrivals.length; arrived++) {
      const arrival = arrivals[arrived]!;
      while (ended < ends.length && ends[ended]! <= arrival) ended++;
      if (arrival >= from) counts[counted++] = arrived + 1 - ended;
    }
    return counts.subarray(0, counted);
  }

  /** Records a call that ended. */
  addCall(execution: RunningExecution, request: Request): void {
    if (!this.#isMeasured(execution) || request.status !== "completed") return;
    const llm = this.llms[request.llm]!;
    llm.calls++;
    llm.promptTokens += request.promptTokens;
    llm.cachedTokens += request.cachedTokens;
    llm.ttft.push(toSeconds(request.firstTokenTime - request.submitTime));
    llm.queue.push(toSeconds(request.startTime - request.arrivalTime));
    if (request.outputTokens > 1) {
      const decode = toSeconds(request.finishTime - request.firstTokenTime);
      llm.tpot.push(decode / (request.outputTokens - 1));
    }
  }

  /** Records an execution that ended, or was cut off by the end of the run. */
  addExecution(execution: RunningExecution): void {
    const { arrivalTime, endTime, status } = execution;
    if (status === "completed") this.#completions.push(toSeconds(endTime));
    if (!this.#isMeasured(execution)) return;
    this.counts.arrived++;
    this.counts[status]++;
    this.#indices.push(execution.drawn.index);
    this.#arrivals.push(toSeconds(arrivalTime));
    this.#ends.push(status === "unfinished" ? Infinity : toSeconds(endTime));
    const isCompleted = status === "completed";
    this.#latencies.push(isCompleted ? toSeconds(endTime - arrivalTime) : Number.NaN);
    if (status !== "completed") return;
    addCriticalPath(execution, this.breakdown);
    this.#addShares(execution);
  }

  #addShares(execution: RunningExecution): void {
    const { drawn, requests, arrivalTime, endTime } = execution;
    const busy = this.#busy;
    for (let llm = 0; llm < busy.length; llm++) busy[llm] = 0;
    let toolTime = 0;
    let total = 0;
    const { steps } = drawn;
    for (let position = 0; position < steps.length; position++) {
      const step = steps[position]!;
      const request = requests[position];
      if (step.kind === "tool") toolTime += toolSeconds(step, execution, position);
      else if (request !== undefined) {
        const duration = request.endTime - request.submitTime;
        busy[request.llm]! += duration;
        total += duration;
      }
    }
    if (total > 0) {
      for (let llm = 0; llm < busy.length; llm++) {
        this.llms[llm]!.timeShares.push(busy[llm]! / total);
      }
    }
    if (endTime > arrivalTime) this.toolShares.push(toolTime / toSeconds(endTime - arrivalTime));
  }
}

/** The value of each execution, by index; an index is there once. */
function inOrder({ values: indices }: Samples, { values }: Samples): Float64Array {
  let first = Infinity;
  let last = -Infinity;
  for (const index of indices) {
    first = Math.min(first, index);
    last = Math.max(last, index);
  }
  const positions = new Int32Array(Math.max(0, last - first + 1)).fill(-1);
  for (let position = 0; position < indices.length; position++) {
    positions[indices[position]! - first] = position;
  }
  const ordered = new Float64Array(values.length);
  let count = 0;
  for (const position of positions) if (position >= 0) ordered[count++] = values[position]!;
  return ordered;
}

/** Seconds that a tool took, with the time that it waited for a place; 0 if it never started. */
function toolSeconds(
  { pool, duration }: DrawnTool,
  { startTimes, endTimes, givenUp }: RunningExecution,
  step: number,
): number {
  if (startTimes[step]! < 0) return 0;
  const isWhole = pool === undefined && !givenUp.includes(step);
  return isWhole ? duration : toSeconds(endTimes[step]! - startTimes[step]!);
}
