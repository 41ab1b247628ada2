/**
 * What predictors are given of workflows, and what they say: never more than traces and profiles
 * tell, and never anything of the simulation that judges them.
 */

import { sum } from "d3-array";
import type { LlmProfile } from "../llm/profile-table.ts";
import type { RetimableExecution } from "./retiming.ts";
import type { WorkflowStatistics } from "./trace-statistics.ts";

/** A workflow to be served at a rate, as its traces show it. */
export interface WorkflowDemand {
  readonly name: string;
  /** Executions per second. */
  readonly rate: number;
  /** By LLM of the whole problem, called or not. */
  readonly statistics: WorkflowStatistics;
  readonly executions: readonly RetimableExecution[];
}

/** Workflows that are served together; profiles by LLM. */
export interface PredictionProblem {
  readonly profiles: readonly LlmProfile[];
  readonly workflows: readonly WorkflowDemand[];
}

/** What is predicted of one LLM in a workflow. */
export interface StagePrediction {
  /** Mean latency of a call in seconds; Infinity past saturation. */
  readonly callLatency: number;
  /** The LLM's part of the workflow's latency, were it alone. */
  readonly latency: number;
  /** Executions per second at which the LLM saturates. */
  readonly throughputMax: number;
}

/** What is predicted of a workflow at its rate. */
export interface WorkflowPrediction {
  /** Mean latency of an execution in seconds; Infinity past saturation. */
  readonly latencyMean: number;
  /** Seconds by fraction of executions, where that is predicted. */
  readonly latencyQuantiles?: ReadonlyMap<number, number> | undefined;
  /** Executions per second that are sustained, the workflows' rates in proportion. */
  readonly throughputMax: number;
  /** Time of tools in the latency. */
  readonly toolSeconds: number;
  readonly stages: readonly StagePrediction[];
}

/** Calls per second that come to an LLM. */
export function callRate({ workflows }: PredictionProblem, llm: number): number {
  return sum(workflows, ({ rate, statistics }) => rate * statistics.llms[llm]!.calls);
}

/** The same problem with all rates multiplied. */
export function atFactor<T extends PredictionProblem>(problem: T, factor: number): T {
  const workflows = problem.workflows.map((demand) => {
    return { ...demand, rate: factor * demand.rate };
  });
  return { ...problem, workflows };
}
