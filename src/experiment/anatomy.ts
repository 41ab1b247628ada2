/**
 * What the mean latency of executions is made of, as the Aggregate LLM Pipeline sees it: per LLM
 * the calls, their mean latency, and the time in which there are any.
 */

import { toSeconds } from "../engine/ticks.ts";
import { unionLength } from "../predictor/trace-statistics.ts";
import type { Request } from "../serving/request.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";

/** One LLM's part, per execution; times in seconds. */
export interface LlmAnatomy {
  readonly calls: number;
  /** Mean latency of a call. */
  readonly callLatency: number;
  /** Time in which calls of it are under way. */
  readonly union: number;
}

/** Means over completed executions; times in seconds. */
export interface LatencyAnatomy {
  readonly latency: number;
  /** Time in which calls of any LLM are under way. */
  readonly union: number;
  readonly llms: readonly LlmAnatomy[];
}

/** Sums over executions, in ticks. */
export class AnatomySums {
  readonly #llms: { calls: number; latency: number; union: number }[];
  #executions = 0;
  #latency = 0;
  #union = 0;

  constructor(llmCount: number) {
    this.#llms = Array.from({ length: llmCount }, () => ({ calls: 0, latency: 0, union: 0 }));
  }

  /** Counts an execution, if it completed. */
  add({ status, arrivalTime, endTime, requests }: RunningExecution): void {
    if (status !== "completed") return;
    this.#executions++;
    this.#latency += endTime - arrivalTime;
    const calls = requests.filter((request): request is Request => request !== undefined);
    const intervals = calls.map(({ llm, submitTime, endTime: end }) => {
      return { llm, start: submitTime, end };
    });
    this.#union += unionLength(intervals);
    this.#llms.forEach((sums, index) => {
      const own = intervals.filter(({ llm }) => llm === index);
      sums.calls += own.length;
      for (const { start, end } of own) sums.latency += end - start;
      sums.union += unionLength(own);
    });
  }

  /** The means so far; NaN before the first execution. */
  means(): LatencyAnatomy {
    const mean = (ticks: number) => toSeconds(ticks) / this.#executions;
    return {
      latency: mean(this.#latency),
      union: mean(this.#union),
      llms: this.#llms.map(({ calls, latency, union }) => ({
        calls: calls / this.#executions,
        callLatency: calls > 0 ? toSeconds(latency) / calls : 0,
        union: mean(union),
      })),
    };
  }
}
