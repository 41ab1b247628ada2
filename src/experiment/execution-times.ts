/**
 * What single executions of a trial show, in columns: which workflow each is of, its latency, and
 * how long it kept each LLM busy.
 */

import { toSeconds } from "../engine/ticks.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";

/** Of completed executions, in the order in which they ended; times in seconds. */
export interface ExecutionTimes {
  /** Position of the workflow among those served. */
  readonly workflows: readonly number[];
  readonly latencies: readonly number[];
  /** By LLM, then by execution: summed durations of its calls, queue included. */
  readonly llmTimes: readonly (readonly number[])[];
}

/** Gathers them as executions end. */
export class ExecutionTimesLog implements ExecutionTimes {
  readonly workflows: number[] = [];
  readonly latencies: number[] = [];
  readonly llmTimes: number[][];
  readonly #workflowOf: (execution: number) => number;

  constructor(llmCount: number, workflowOf: (execution: number) => number) {
    this.llmTimes = Array.from({ length: llmCount }, () => []);
    this.#workflowOf = workflowOf;
  }

  /** Keeps an execution, if it completed. */
  add({ status, drawn, arrivalTime, endTime, requests }: RunningExecution): void {
    if (status !== "completed") return;
    this.workflows.push(this.#workflowOf(drawn.index));
    this.latencies.push(toSeconds(endTime - arrivalTime));
    const ticks = this.llmTimes.map(() => 0);
    for (const request of requests) {
      if (request !== undefined) ticks[request.llm]! += request.endTime - request.submitTime;
    }
    for (const [llm, time] of ticks.entries()) this.llmTimes[llm]!.push(toSeconds(time));
  }

  /** As plain data, which crosses threads. */
  columns(): ExecutionTimes {
    const { workflows, latencies, llmTimes } = this;
    return { workflows, latencies, llmTimes };
  }
}
