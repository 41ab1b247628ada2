/**
 * What predictors are given of workflows, and what they say: never more than traces and profiles
 * tell, and never anything of the simulation that judges them.
 */

import { sum } from "d3-array";
import type { LlmProfile } from "../llm/profile-table.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { type CallSuccession, callSuccessions } from "./call-successions.ts";
import { type RetimableExecution, retimable } from "./retiming.ts";
import {
  type LlmStatistics,
  traceStatistics,
  type WorkflowStatistics,
} from "./trace-statistics.ts";

/** A workflow to be served at a rate, as its traces show it. */
export interface WorkflowDemand {
  readonly name: string;
  /** Executions per second. */
  readonly rate: number;
  /** By LLM of the whole problem, called or not. */
  readonly statistics: WorkflowStatistics;
  readonly executions: readonly RetimableExecution[];
  readonly successions: readonly CallSuccession[];
}

/** What traces of a workflow tell of it, for a problem with `llmCount` LLMs. */
export function tracedWorkflow(
  traces: readonly ExecutionTrace[],
  llmCount: number,
): Pick<WorkflowDemand, "statistics" | "executions" | "successions"> {
  const executions = traces.map(retimable);
  return {
    statistics: traceStatistics(traces, llmCount),
    executions,
    successions: callSuccessions(executions),
  };
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

/**
 * What is predicted of all workflows together, from what is predicted of each: latency as the mean
 * over executions, rates of all executions.
 */
export function combinedPrediction(
  workflows: readonly WorkflowDemand[],
  predictions: readonly WorkflowPrediction[],
): WorkflowPrediction {
  const [only] = predictions;
  if (predictions.length === 1) return only!;
  const rate = sum(workflows, (workflow) => workflow.rate);
  const parts = workflows.map((workflow) => workflow.rate / rate);
  const over = (value: (prediction: WorkflowPrediction) => number) =>
    sum(predictions, (prediction, index) => parts[index]! * value(prediction));
  const stages = only!.stages.map((_, llm) => {
    const calls = workflows.map(({ statistics }) => statistics.llms[llm]!.calls);
    const all = sum(parts, (part, index) => part * calls[index]!);
    const callLatency = sum(predictions, ({ stages: own }, index) => {
      const weight = parts[index]! * calls[index]!;
      return weight > 0 ? (weight / all) * own[llm]!.callLatency : 0;
    });
    const busy = sum(predictions, ({ stages: own }, index) => {
      return parts[index]! / own[llm]!.throughputMax;
    });
    return {
      callLatency,
      latency: over(({ stages: own }) => own[llm]!.latency),
      throughputMax: 1 / busy,
    };
  });
  return {
    latencyMean: over(({ latencyMean }) => latencyMean),
    throughputMax: sum(predictions, ({ throughputMax }) => throughputMax),
    toolSeconds: over(({ toolSeconds }) => toolSeconds),
    stages,
  };
}

/** Calls per second that come to an LLM. */
export function callRate({ workflows }: Pick<PredictionProblem, "workflows">, llm: number): number {
  return sum(workflows, ({ rate, statistics }) => rate * statistics.llms[llm]!.calls);
}

/** A mean over the calls of an LLM, from all workflows at their rates; 0 without calls. */
export function meanOverCalls(
  workflows: readonly WorkflowDemand[],
  llm: number,
  value: (own: LlmStatistics) => number,
): number {
  const calls = callRate({ workflows }, llm);
  if (calls === 0) return 0;
  return sum(workflows, ({ rate, statistics }) => {
    const own = statistics.llms[llm]!;
    return (rate * own.calls * value(own)) / calls;
  });
}

/** The same problem with all rates multiplied. */
export function atFactor<T extends PredictionProblem>(problem: T, factor: number): T {
  const workflows = problem.workflows.map((demand) => {
    return { ...demand, rate: factor * demand.rate };
  });
  return { ...problem, workflows };
}
