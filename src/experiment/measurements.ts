/**
 * What a run is judged by, gathered as its executions end: only those that arrived after the
 * warm-up count. Keeps a few numbers per execution and per call, never the executions.
 */

import { sum } from "d3-array";
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

/** One measured execution, in order of arrival; NaN latency if it did not complete. */
interface MeasuredExecution {
  readonly index: number;
  readonly arrival: number;
  readonly end: number;
  readonly latency: number;
}

/** Gathers the measurements of one run with `llmCount` LLMs. */
export class Measurements {
  readonly llms: readonly LlmMeasurements[];
  readonly breakdown = emptyBreakdown();
  readonly counts = { arrived: 0, completed: 0, failed: 0, unfinished: 0 };
  /** By completed execution: the tools' part of its latency. */
  readonly toolShares: number[] = [];

  readonly #isMeasured: (execution: RunningExecution) => boolean;
  readonly #executions: MeasuredExecution[] = [];
  /** Completion instants in seconds of all executions, measured or not. */
  readonly #completions: number[] = [];

  constructor(llmCount: number, isMeasured: (execution: RunningExecution) => boolean) {
    this.#isMeasured = isMeasured;
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
    return this.#ordered.map(({ latency }) => latency).filter((latency) => !Number.isNaN(latency));
  }

  /** Completions of any execution in (from, to], in seconds. */
  completionsIn(from: number, to: number): number {
    return this.#completions.filter((time) => time > from && time <= to).length;
  }

  /** Executions in flight at the arrival of each measured one that arrived after `from`. */
  inFlightAtArrivals(from: number): number[] {
    const executions = this.#ordered;
    const ends = Float64Array.from(executions, ({ end }) => end).sort();
    const counts: number[] = [];
    let ended = 0;
    executions.forEach(({ arrival }, arrived) => {
      while (ended < ends.length && ends[ended]! <= arrival) ended++;
      if (arrival >= from) counts.push(arrived + 1 - ended);
    });
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
    this.#executions.push({
      index: execution.drawn.index,
      arrival: toSeconds(arrivalTime),
      end: status === "unfinished" ? Infinity : toSeconds(endTime),
      latency: status === "completed" ? toSeconds(endTime - arrivalTime) : Number.NaN,
    });
    if (status !== "completed") return;
    addCriticalPath(execution, this.breakdown);
    this.#addShares(execution);
  }

  get #ordered(): readonly MeasuredExecution[] {
    return this.#executions.sort((a, b) => a.index - b.index);
  }

  #addShares({ drawn, requests, arrivalTime, endTime }: RunningExecution): void {
    const busy = this.llms.map(() => 0);
    let toolTime = 0;
    drawn.steps.forEach((step, position) => {
      const request = requests[position];
      if (step.kind === "tool") toolTime += step.duration;
      else if (request !== undefined) busy[request.llm]! += request.endTime - request.submitTime;
    });
    const total = sum(busy);
    if (total > 0) {
      this.llms.forEach((llm, index) => {
        llm.timeShares.push(busy[index]! / total);
      });
    }
    if (endTime > arrivalTime) this.toolShares.push(toolTime / toSeconds(endTime - arrivalTime));
  }
}
