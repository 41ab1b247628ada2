/**
 * alp+, the Aggregate LLM Pipeline with what the paper leaves out. Each LLM's calls get the mean
 * times to the first token and from there to the end that its replicas, all of them together, show
 * in closed loops at the planned rate; tenants of a GPU stretch one another's; and the recorded
 * executions are played again at these times, which credits overlap, keeps tools, and gives
 * percentiles.
 *
 *   firstToken_m = s·F_m(s·λ·n_m)   decode_m = s·D_m(s·λ·n_m)
 *
 * with s the stretch by neighbours.
 *
 * Stretched time only changes the unit of time of the queue, hence the stretched rate. How much a
 * replica uses its GPUs depends on its stretch, and the other way round: found by substitution.
 */

import { mean, quantileSorted, sum } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { assert } from "../errors.ts";
import { ALL_CORRECTIONS, type Corrections } from "./corrections.ts";
import {
  meanOverCalls,
  type PredictionProblem,
  type StagePrediction,
  type WorkflowDemand,
  type WorkflowPrediction,
} from "./prediction.ts";
import { callTimes, type GroupState } from "./replica-state.ts";
import { type CallStretch, retimedLatency } from "./retiming.ts";
import { SteadyState } from "./steady-state.ts";

/** Quantiles of latency that are predicted. */
const QUANTILES = [0.5, 0.9, 0.95, 0.99];

/** Predicts what a deployment does at the workflows' rates, one prediction a workflow. */
export function predictDeployment(
  problem: PredictionProblem,
  deployment: Deployment,
  corrections: Corrections = ALL_CORRECTIONS,
): WorkflowPrediction[] {
  const state = new SteadyState(problem, deployment, corrections);
  const peak = state.peakFactor();
  state.settle(1);
  return problem.workflows.map((workflow) => ({
    ...withoutSample(workflowLatency(problem, workflow, { groups: state.groups, corrections })),
    throughputMax: peak * workflow.rate,
    stages: workflow.statistics.llms.map((_, llm) => stageOf(workflow, state.groups, llm)),
  }));
}

/** What is predicted of a workflow's latency, without the peak. */
export type LatencyPrediction = Pick<
  WorkflowPrediction,
  "latencyMean" | "latencyQuantiles" | "toolSeconds"
> & {
  /** Seconds by execution, ascending. */
  readonly latencies: readonly number[];
};

/**
 * Latencies by workflow at the problem's rates; undefined where `headroom` times the rates are not
 * sustained. For a search, which has no use for the peak itself.
 */
export function sustainedLatencies(
  problem: PredictionProblem,
  deployment: Deployment,
  headroom: number,
  corrections: Corrections = ALL_CORRECTIONS,
): LatencyPrediction[] | undefined {
  const state = new SteadyState(problem, deployment, corrections);
  if (!state.isSustained(headroom)) return undefined;
  state.settle(1);
  const settled = { groups: state.groups, corrections };
  return problem.workflows.map((workflow) => workflowLatency(problem, workflow, settled));
}

function withoutSample({ latencies: _, ...prediction }: LatencyPrediction) {
  return prediction;
}

function stageOf(
  { statistics }: WorkflowDemand,
  groups: readonly GroupState[],
  llm: number,
): StagePrediction {
  const { calls } = statistics.llms[llm]!;
  if (calls === 0) return { callLatency: 0, latency: 0, throughputMax: Infinity };
  const own = groups.filter((state) => state.llm === llm);
  const isBeyond = own.some(({ load }) => load > 1);
  const { firstToken, decode, union } = callTimes(own);
  const capacity = sum(own, (state) => state.capacity / state.meanStretch);
  return {
    callLatency: isBeyond ? Infinity : firstToken + decode,
    latency: isBeyond ? Infinity : union * calls,
    throughputMax: capacity / calls,
  };
}

/** Latency of a workflow's executions. */
function workflowLatency(
  { workflows }: PredictionProblem,
  { statistics, executions }: WorkflowDemand,
  settled: { readonly groups: readonly GroupState[]; readonly corrections: Corrections },
): LatencyPrediction {
  const { groups, corrections } = settled;
  const { tools, overlap, roles } = corrections;
  const toolSeconds = tools ? statistics.toolSeconds : 0;
  const { llms } = statistics;
  const isBeyond = groups.some(({ llm, load }) => load > 1 && llms[llm]!.calls > 0);
  if (isBeyond) return { latencyMean: Number.POSITIVE_INFINITY, toolSeconds, latencies: [] };
  const times = llms.map((_, llm) => callTimes(groups.filter((state) => state.llm === llm)));
  if (!overlap) {
    const unions = sum(llms, ({ calls }, llm) => calls * times[llm]!.union);
    return { latencyMean: unions + toolSeconds, toolSeconds, latencies: [] };
  }
  const stretches = llms.map((_, llm): CallStretch => {
    const now = times[llm]!;
    const callDuration = meanOverCalls(workflows, llm, (own) => own.callDuration);
    const firstToken = meanOverCalls(workflows, llm, (own) => own.firstToken);
    if (!roles) {
      const all = ratioTo(now.firstToken + now.decode, callDuration);
      return { firstToken: all, decode: all };
    }
    return {
      firstToken: ratioTo(now.firstToken, firstToken),
      decode: ratioTo(now.decode, callDuration - firstToken),
    };
  });
  const latencies = executions.map((execution) => retimedLatency(execution, stretches, tools));
  // Their mean would leave such out.
  assert(!latencies.some(Number.isNaN), "what a call takes is not known");
  latencies.sort((a, b) => a - b);
  return {
    latencyMean: mean(latencies) ?? 0,
    latencyQuantiles: new Map(QUANTILES.map((p) => [p, quantileSorted(latencies, p) ?? 0])),
    toolSeconds,
    latencies,
  };
}

/** now / before; 1 for what took no time before. */
function ratioTo(now: number, before: number): number {
  return before > 0 ? now / before : 1;
}
