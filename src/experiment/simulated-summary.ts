/**
 * What a simulation shows as the documented JSON: latencies, LLMs, where the time went, GPUs. Keys
 * carry their units; an undefined value is null with its key present.
 */

import { sum } from "d3-array";
import type { MeasuredRun, MixedRun } from "./evaluation.ts";
import { quantiles } from "./quantiles.ts";
import { finiteOrNull, ratio } from "./ratios.ts";
import { judgeStability } from "./stability.ts";
import {
  batchInterval,
  INTERVAL_BATCHES,
  mean,
  meanInterval,
  quantileIntervals,
  summarize,
} from "./statistics.ts";

/** What the simulation of a plan shows. */
export type SimulatedSummary = ReturnType<typeof summarizeSimulated>;

/** What a workflow's executions alone show; what GPUs do is all workflows'. */
export type WorkflowSimulated = Omit<SimulatedSummary, "gpus" | "events">;

/** What the executions of one of several workflows show. */
export function summarizeWorkflow(
  run: MixedRun,
  workflow: string,
  llmNames: readonly string[],
): WorkflowSimulated {
  const measurements = run.ofWorkflows.get(workflow)!;
  const calls = sum(measurements.llms, (llm) => llm.calls);
  const own = summarizeSimulated({ ...run, measurements, calls }, llmNames);
  const { gpus: _, events: __, ...simulated } = own;
  return simulated;
}

/** The simulated part. */
export function summarizeSimulated(run: MeasuredRun, llmNames: readonly string[]) {
  const { measurements, window } = run;
  const latencies = measurements.latencies;
  const span = window.end - window.start;
  const completions = measurements.completionsIn(window.start, window.end);
  const stability = judgeStability(run);
  return {
    stable: stability.isStable,
    warmup_seconds: window.start,
    replications: 1,
    duration_seconds: run.endTime,
    executions: measurements.counts,
    throughput_per_second: ratio(completions, span),
    throughput_per_second_ci95: throughputInterval(run),
    goodput_per_second: null,
    latency_seconds: summarize(latencies),
    llms: Object.fromEntries(llmNames.map((name, llm) => [name, summarizeLlm(run, llm)])),
    tools: { time_share: shareSummary(measurements.toolShares.values) },
    breakdown: breakdownFractions(run),
    gpus: summarizeGpus(run, ratio(span, completions)),
    calls: run.calls,
    events: run.events,
  };
}

function summarizeLlm({ measurements, replicas, replicaUse }: MeasuredRun, llm: number) {
  const measured = measurements.llms[llm]!;
  const use = replicaUse.filter((_, index) => replicas[index]!.llm === llm);
  return {
    calls: measured.calls,
    time_share: shareSummary(measured.timeShares.values),
    utilization: ratio(
      use.reduce((sum, { busy }) => sum + busy, 0),
      use.reduce((sum, { present }) => sum + present, 0),
    ),
    ttft_seconds: summarize(measured.ttft.values),
    tpot_seconds: summarize(measured.tpot.values),
    queue_seconds: summarize(measured.queue.values),
    prefix_hit_ratio: ratio(measured.cachedTokens, measured.promptTokens),
  };
}

/** GPUs of the plan: part of their SMs at work, and GPU time per completed execution. */
function summarizeGpus({ replicas, replicaUse }: MeasuredRun, secondsPerExecution: number | null) {
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
function breakdownFractions({ measurements: { breakdown } }: MeasuredRun) {
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

/** 95 % interval of the throughput, by parts of the window; null for few completions a part. */
function throughputInterval({ measurements, window: { start, end } }: MeasuredRun) {
  const span = end - start;
  const completions = measurements.completionsIn(start, end);
  if (completions < 2 * INTERVAL_BATCHES) return null;
  const edges = Array.from({ length: INTERVAL_BATCHES + 1 }, (_, part) =>
    part === INTERVAL_BATCHES ? end : start + (part * span) / INTERVAL_BATCHES,
  );
  const rates = edges.slice(1).map((edge, part) => {
    return (INTERVAL_BATCHES * measurements.completionsIn(edges[part]!, edge)) / span;
  });
  return batchInterval(rates, completions / span);
}

function shareSummary(shares: ArrayLike<number>) {
  const [p5, p95] = quantiles(shares, [0.05, 0.95]);
  const [p5_ci95 = null, p95_ci95 = null] = quantileIntervals(shares, [0.05, 0.95]);
  return {
    mean: finiteOrNull(mean(shares)),
    mean_ci95: meanInterval(shares),
    p5: p5 ?? null,
    p5_ci95,
    p95: p95 ?? null,
    p95_ci95,
  };
}
