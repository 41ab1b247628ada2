/**
 * What a simulation shows as the documented JSON: latencies, LLMs, where the time went, GPUs. Keys
 * carry their units; an undefined value is null with its key present.
 */

import { sum } from "d3-array";
import type { Evaluation } from "./evaluation.ts";
import { quantiles } from "./quantiles.ts";
import { finiteOrNull, ratio } from "./ratios.ts";
import { judgeStability } from "./stability.ts";
import { mean, summarize, summarizeInOrder } from "./statistics.ts";

/** What the simulation of a plan shows. */
export type SimulatedSummary = ReturnType<typeof summarizeEvaluation>;

/** What a workflow's executions alone show; what GPUs do is all workflows'. */
export type WorkflowSimulated = Omit<SimulatedSummary, "gpus" | "events">;

/** What the executions of one of several workflows show. */
export function summarizeWorkflow(
  evaluation: Evaluation,
  workflow: string,
  llmNames: readonly string[],
): WorkflowSimulated {
  const measurements = evaluation.ofWorkflows.get(workflow)!;
  const calls = sum(measurements.llms, (llm) => llm.calls);
  const own = summarizeEvaluation({ ...evaluation, measurements, calls }, llmNames);
  const { gpus: _, events: __, ...simulated } = own;
  return simulated;
}

/** The simulated part. */
export function summarizeEvaluation(evaluation: Evaluation, llmNames: readonly string[]) {
  const { measurements, window } = evaluation;
  const latencies = measurements.latencies;
  const span = window.end - window.start;
  const completions = measurements.completionsIn(window.start, window.end);
  const stability = judgeStability(evaluation);
  return {
    stable: stability.isStable,
    warmup_seconds: window.start,
    replications: 1,
    duration_seconds: evaluation.endTime,
    executions: measurements.counts,
    throughput_per_second: ratio(completions, span),
    goodput_per_second: null,
    latency_seconds: summarizeInOrder(latencies),
    llms: Object.fromEntries(llmNames.map((name, llm) => [name, summarizeLlm(evaluation, llm)])),
    tools: { time_share: shareSummary(measurements.toolShares) },
    breakdown: breakdownFractions(evaluation),
    gpus: summarizeGpus(evaluation, ratio(span, completions)),
    calls: evaluation.calls,
    events: evaluation.events,
  };
}

function summarizeLlm({ measurements, replicas, replicaUse }: Evaluation, llm: number) {
  const measured = measurements.llms[llm]!;
  const use = replicaUse.filter((_, index) => replicas[index]!.llm === llm);
  return {
    calls: measured.calls,
    time_share: shareSummary(measured.timeShares),
    utilization: ratio(
      use.reduce((sum, { busy }) => sum + busy, 0),
      use.reduce((sum, { present }) => sum + present, 0),
    ),
    ttft_seconds: summarize(measured.ttft),
    tpot_seconds: summarize(measured.tpot),
    queue_seconds: summarize(measured.queue),
    prefix_hit_ratio: ratio(measured.cachedTokens, measured.promptTokens),
  };
}

/** GPUs of the plan: part of their SMs at work, and GPU time per completed execution. */
function summarizeGpus({ replicas, replicaUse }: Evaluation, secondsPerExecution: number | null) {
  const busyOfGpu = new Map<number, number>();
  replicas.forEach(({ instance }, index) => {
    for (const gpu of instance.gpus) {
      const busy = (busyOfGpu.get(gpu.index) ?? 0) + replicaUse[index]!.busy * instance.share;
      busyOfGpu.set(gpu.index, busy);
    }
  });
  const count = busyOfGpu.size;
  const total = [...busyOfGpu.values()].reduce((sum, busy) => sum + busy, 0);
  return {
    utilization_mean: finiteOrNull(total / count),
    count,
    gpu_seconds_per_execution: secondsPerExecution === null ? null : count * secondsPerExecution,
  };
}

/** Parts of the critical paths of all measured executions; they sum to 1. */
function breakdownFractions({ measurements: { breakdown } }: Evaluation) {
  const { queue, prefill, decode, interference, network, tool } = breakdown;
  const total = queue + prefill + decode + interference + network + tool;
  return {
    queue: ratio(queue, total),
    prefill: ratio(prefill, total),
    decode: ratio(decode, total),
    interference: ratio(interference, total),
    network: ratio(network, total),
    tool: ratio(tool, total),
  };
}

function shareSummary(shares: readonly number[]) {
  const [p5, p95] = quantiles(shares, [0.05, 0.95]);
  return { mean: finiteOrNull(mean(shares)), p5: p5 ?? null, p95: p95 ?? null };
}
