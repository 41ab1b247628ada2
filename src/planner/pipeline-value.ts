/**
 * What a way to serve an LLM is worth to the workflows, while the other LLMs are not known: the
 * time in which executions have calls of it under way, relative to the workflow's latency in the
 * traces.
 */

import { sum } from "d3-array";
import { gpuTypes } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { type Demand, slowdownUnder } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import { maxCallRate, profileAt } from "../llm/profile-table.ts";
import { callRate } from "../predictor/prediction.ts";
import type { Valuation } from "./configurations.ts";
import { HEADROOM, type PlanningProblem } from "./planner.ts";

/** A batch of decodes of an 8B model: mostly waiting for DRAM. */
const TYPICAL_DECODE: Demand = {
  memory: 0.85,
  compute: 0,
  bandwidth: 0.8,
  tokens: 32,
  layerTime: 250e-6,
  iterationTime: 8e-3,
};

/**
 * Values by the pipeline. A part of a GPU is slower by what decoding neighbours on the rest, active
 * for the part `neighbours` of the time, would take from it: who they are is not known yet.
 */
export function pipelineValue(problem: PlanningProblem, neighbours: number): Valuation {
  const { profiles, workflows, cluster } = problem;
  const types = new Map(gpuTypes(cluster).map((type) => [type.name, type]));
  const stretches = new Map<string, number>();
  const stretchOf = (gpu: string, share: number) => {
    const key = `${gpu}/${share}`;
    const known = stretches.get(key);
    if (known !== undefined) return known;
    const stretch = 1 + neighbours * (decodingBeside(types.get(gpu)!, share) - 1);
    stretches.set(key, stretch);
    return stretch;
  };
  return (llm, group) => {
    const calls = callRate(problem, llm);
    if (calls === 0) return { cost: 0, latency: 0 };
    const profile = profiles[llm]!;
    const stretch = stretchOf(group.gpu, group.share);
    if (maxCallRate(profile, group) / stretch < HEADROOM * calls) return undefined;
    const point = profileAt(profile, group, stretch * calls);
    if (point === undefined) return undefined;
    const cost = sum(workflows, ({ statistics }) => {
      return (statistics.llms[llm]!.calls * stretch * point.union) / statistics.latencyMean;
    });
    return { cost, latency: stretch * (point.firstToken + point.decode) };
  };
}

/** What a tenant loses to decodes on the rest of its GPU. */
function decodingBeside(gpu: GpuType, share: number): number {
  if (share === 1) return 1;
  const loads = [share, 1 - share].map((part) => {
    return { demand: TYPICAL_DECODE, share: part, sms: smsOfShare(gpu.sms, part), duty: 1 };
  });
  return slowdownUnder("mps")(gpu, loads)[0]!;
}
