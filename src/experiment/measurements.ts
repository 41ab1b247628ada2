/**
 * What a run is judged by, gathered as its executions end: only those that arrived after the
 * warm-up count. Keeps a few numbers per execution and per call, never the executions.
 */

import { toSeconds } from "../engine/ticks.ts";
import type { Request } from "../serving/request.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import { addCriticalPath, emptyBreakdown } from "./critical-path.ts";

/** Measured calls of one LLM. */
export interface LlmMeasurements {
  calls: number;
  promptTokens: number;
  cachedTokens: number;
  /** By call, in seconds. */
  readonly ttft: number[];
  readonly tpot: number[];
  readonly queue: number[];
  /** By completed execution: the LLM's part of the summed call durations. */
  readonly timeShares: number[];
}

/** Measured executions in columns; times in seconds, the latency NaN without completion. */
interface MeasuredExecutions {
  readonly indices: number[];
  readonly arrivals: number[];
  readonly ends: number[];
  readonly latencies: number[];
}

/** Gathers the measurements of one run with `llmCount` LLMs. */
export class Measurements {
  readonly llms: readonly LlmMeasurements[];
  readonly breakdown = emptyBreakdown();
  readonly counts = { arrived: 0, completed: 0, failed: 0, unfinished: 0 };
  /** By completed execution: the tools' part of its latency. */
  readonly toolShares: number[] = [];

  readonly #isMeasured: (execution: RunningExecution) => boolean;
  /** In the order in which they ended. */
  readonly #executions: MeasuredExecutions = emptyExecutions();
  /** In order of arrival, once asked for. */
  #ordered: MeasuredExecutions | undefined;
  readonly #busy: number[];
  /** Completion instants in seconds of all executions, measured or not. */
  readonly #completions: number[] = [];

  constructor(llmCount: number, isMeasured: (execution: RunningExecution) => boolean) {
    this.#isMeasured = isMeasured;
    this.#busy = new Array<number>(llmCount).fill(0);
    this.llms = Array.from({ length: llmCount }, () => ({
      calls: 0,
      promptTokens: 0,
      cachedTokens: 0,
      ttft: [],
      tpot: [],
      queue: [],
      timeShares: [],
    }));
  }

  /** Latencies in seconds of the measured executions that completed, in order of arrival. */
  get latencies(): number[] {
    return this.#inOrder().latencies.filter((latency) => !Number.isNaN(latency));
  }

  /** Completions of any execution in (from, to], in seconds. */
  completionsIn(from: number, to: number): number {
    let count = 0;
    for (const time of this.#completions) if (time > from && time <= to) count++;
    return count;
  }

  /** Executions in flight at the arrival of each measured one that arrived after `from`. */
  inFlightAtArrivals(from: number): number[] {
    const { arrivals } = this.#inOrder();
    const ends = new Float64Array(this.#executions.ends).sort();
    const counts: number[] = [];
    let ended = 0;
    for (let arrived = 0; arrived < arrivals.length; arrived++) {
      const arrival = arrivals[arrived]!;
      while (ended < ends.length && ends[ended]! <= arrival) ended++;
      if (arrival >= from) counts.push(arrived + 1 - ended);
    }
    return counts;
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
    const { indices, arrivals, ends, latencies } = this.#executions;
    this.#ordered = undefined;
    indices.push(execution.drawn.index);
    arrivals.push(toSeconds(arrivalTime));
    ends.push(status === "unfinished" ? Infinity : toSeconds(endTime));
    latencies.push(status === "completed" ? toSeconds(endTime - arrivalTime) : Number.NaN);
    if (status !== "completed") return;
    addCriticalPath(execution, this.breakdown);
    this.#addShares(execution);
  }

  #inOrder(): MeasuredExecutions {
    this.#ordered ??= inOrderOfArrival(this.#executions);
    return this.#ordered;
  }

  #addShares({ drawn, requests, arrivalTime, endTime }: RunningExecution): void {
    const busy = this.#busy;
    for (let llm = 0; llm < busy.length; llm++) busy[llm] = 0;
    let toolTime = 0;
    let total = 0;
    const { steps } = drawn;
    for (let position = 0; position < steps.length; position++) {
      const step = steps[position]!;
      const request = requests[position];
      if (step.kind === "tool") toolTime += step.duration;
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

function emptyExecutions(): MeasuredExecutions {
  return { indices: [], arrivals: [], ends: [], latencies: [] };
}

/** Executions by index, each of which is there once. */
function inOrderOfArrival(executions: MeasuredExecutions): MeasuredExecutions {
  const { indices, arrivals, ends, latencies } = executions;
  let first = Infinity;
  let last = -1;
  for (const index of indices) {
    first = Math.min(first, index);
    last = Math.max(last, index);
  }
  const positions = new Int32Array(Math.max(0, last - first + 1)).fill(-1);
  for (let position = 0; position < indices.length; position++) {
    positions[indices[position]! - first] = position;
  }
  const ordered = emptyExecutions();
  for (const position of positions) {
    if (position < 0) continue;
    ordered.indices.push(indices[position]!);
    ordered.arrivals.push(arrivals[position]!);
    ordered.ends.push(ends[position]!);
    ordered.latencies.push(latencies[position]!);
  }
  return ordered;
}
