/**
 * The error of the paper's pipeline taken apart: from what it predicts to what was simulated, one
 * assumption after another replaced by what the simulation shows. The steps are differences of
 * sums, so they add up to the whole error exactly.
 */

import { sum } from "d3-array";
import type { WorkflowPrediction } from "../../predictor/prediction.ts";
import type { WorkflowStatistics } from "../../predictor/trace-statistics.ts";
import type { LatencyAnatomy } from "../anatomy.ts";

/** Seconds by which each assumption is off, at one rate. */
export interface Residuals {
  /** Part of the simulated peak. */
  readonly load: number;
  readonly predicted_seconds: number;
  /** Calls of an LLM that is alone, against those beside the workflow's others. */
  readonly alone: number;
  /** Tenants that slow one another down. */
  readonly interference: number;
  /** Calls and their parallelism, against those at low load. */
  readonly drift: number;
  /** LLMs that work at the same time. */
  readonly overlap: number;
  readonly tools: number;
  readonly simulated_seconds: number;
}

/** What a simulation shows of the mean latency, with and without interference. */
export interface Anatomies {
  readonly load: number;
  readonly disturbed: LatencyAnatomy;
  readonly undisturbed: LatencyAnatomy;
}

/** The residuals; undefined where the pipeline predicts nothing. */
export function residualsOf(
  { llms }: WorkflowStatistics,
  { latencyMean, stages }: WorkflowPrediction,
  { load, disturbed, undisturbed }: Anatomies,
): Residuals | undefined {
  if (!Number.isFinite(latencyMean)) return undefined;
  const withLatencies = (latencies: readonly number[]) =>
    sum(llms, ({ calls, parallelism }, llm) => (calls * latencies[llm]!) / parallelism);
  const inSitu = ({ llms: parts }: LatencyAnatomy) =>
    withLatencies(parts.map(({ callLatency }) => callLatency));
  const predicted = withLatencies(stages.map(({ callLatency }) => callLatency));
  const unions = sum(disturbed.llms, ({ union }) => union);
  return {
    load,
    predicted_seconds: latencyMean,
    alone: inSitu(undisturbed) - predicted,
    interference: inSitu(disturbed) - inSitu(undisturbed),
    drift: unions - inSitu(disturbed),
    overlap: disturbed.union - unions,
    tools: disturbed.latency - disturbed.union,
    simulated_seconds: disturbed.latency,
  };
}
