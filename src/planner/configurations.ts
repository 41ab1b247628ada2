/**
 * The ways to serve one LLM with replicas that are alike: GPU type x TP degree x share x number of
 * replicas, each with what it costs in GPU granules and its part of the workflows' latency.
 */

import { max, mean, sum } from "d3-array";
import { type Cluster, gpuTypes } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { type Demand, slowdownUnder } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import { maxCallRate, profileAt, type ReplicaGroup } from "../llm/profile-table.ts";
import { callRate } from "../predictor/prediction.ts";
import { HEADROOM, type PlanningProblem } from "./planner.ts";

/** Shares are multiples of 1/8 of a GPU. */
export const GRANULES_PER_GPU = 8;

/** Configurations kept for each amount of GPU: alternatives for when the best cannot be placed. */
const KEPT_PER_AMOUNT = 3;

/** A larger amount is kept where it is better than all smaller ones by this part at least. */
const WORTHWHILE = 0.002;

/**
 * A replica gets room for the context alive on average and this many standard deviations of it,
 * from the (Poisson) number of executions: where conversations are crowded out, every call computes
 * its whole prompt, and the replica collapses.
 */
const CONTEXT_DEVIATIONS = 2;

/** A batch of decodes of an 8B model: mostly waiting for DRAM. */
const TYPICAL_DECODE: Demand = {
  memory: 0.85,
  compute: 0,
  bandwidth: 0.8,
  tokens: 32,
  layerTime: 250e-6,
  iterationTime: 8e-3,
};

/** One way to serve an LLM. */
export interface Configuration extends ReplicaGroup {
  /** GPU granules that all replicas take. */
  readonly granules: number;
  /** The LLM's part of the workflows' latencies, each relative to the workflow's as traced. */
  readonly cost: number;
  /** Tokens of KV cache that each replica needs at least. */
  readonly kvTokens: number;
}

/** What a planner may choose from. */
export interface ConfigurationSpace {
  /** Granules of a GPU that a share is a multiple of. */
  readonly granularity: number;
  /** Parts of GPUs, or whole ones only. */
  readonly hasShares: boolean;
}

/** Every share. */
export const WHOLE_SPACE: ConfigurationSpace = { granularity: 1, hasShares: true };

/** Powers of two up to the largest fast domain. */
export function tpDegrees(gpus: Cluster["gpus"]): number[] {
  const domainSizes = new Map<number, number>();
  for (const { domain } of gpus) domainSizes.set(domain, (domainSizes.get(domain) ?? 0) + 1);
  const largest = Math.max(...domainSizes.values());
  const degrees = [1];
  while (degrees.at(-1)! * 2 <= largest) degrees.push(degrees.at(-1)! * 2);
  return degrees;
}

/**
 * The configurations of one LLM that reach the rate, best first for each amount of GPU. Shares are
 * contiguous: an LLM has one instance on parts of GPUs, or any number on whole ones.
 */
export function configurations(
  problem: PlanningProblem,
  llm: number,
  space: ConfigurationSpace = WHOLE_SPACE,
): Configuration[] {
  return gpuTypes(problem.cluster).flatMap((type) => ofGpuType(problem, llm, space, type));
}

/** On GPUs of one type. */
function ofGpuType(
  problem: PlanningProblem,
  llm: number,
  { granularity, hasShares }: ConfigurationSpace,
  type: GpuType,
): Configuration[] {
  const gpus = problem.cluster.gpus.filter((gpu) => gpu.type === type);
  const { model } = problem.llms[llm]!;
  const isCalled = callRate(problem, llm) > 0;
  const known = new Set(problem.profiles[llm]!.sizes.map(({ gpu, tp }) => `${gpu}/${tp}`));
  const byAmount = new Map<number, Configuration[]>();
  const shares = hasShares ? Array.from({ length: GRANULES_PER_GPU }, (_, i) => i + 1) : [8];
  for (const tp of tpDegrees(gpus)) {
    if (!(isCalled ? known.has(`${type.name}/${tp}`) : supportsTp(model, tp))) continue;
    for (const share of shares) {
      if (share % granularity !== 0) continue;
      const most = share < GRANULES_PER_GPU ? 1 : Math.floor(gpus.length / tp);
      for (let replicas = 1; replicas <= most; replicas = nextCount(replicas)) {
        const group = { gpu: type.name, tp, share: share / GRANULES_PER_GPU, replicas };
        const configuration = evaluate(problem, llm, group, type);
        if (configuration === undefined) continue;
        const kept = byAmount.get(configuration.granules) ?? [];
        kept.push(configuration);
        kept.sort((a, b) => a.cost - b.cost);
        kept.length = Math.min(kept.length, KEPT_PER_AMOUNT);
        byAmount.set(configuration.granules, kept);
      }
    }
  }
  return worthwhile(byAmount);
}

/** Every number of replicas up to 16, then steps of a sixteenth. */
function nextCount(replicas: number): number {
  return replicas + Math.max(1, Math.floor(replicas / 16));
}

/** Without amounts that are hardly better than a smaller one. */
function worthwhile(byAmount: ReadonlyMap<number, readonly Configuration[]>): Configuration[] {
  let best = Number.POSITIVE_INFINITY;
  const kept: Configuration[] = [];
  for (const amount of [...byAmount.keys()].sort((a, b) => a - b)) {
    const ofAmount = byAmount.get(amount)!;
    if (ofAmount[0]!.cost > (1 - WORTHWHILE) * best) continue;
    best = ofAmount[0]!.cost;
    kept.push(...ofAmount);
  }
  return kept;
}

/** Tokens of KV cache without which an LLM is of little use: the largest traced execution's. */
export function leastKvTokens({ workflows, llms }: PlanningProblem, llm: number): number {
  const peaks = workflows.map(({ statistics }) => statistics.llms[llm]!.contextTokensPeak);
  return (max(peaks) ?? 0) > 0 ? max(peaks)! : llms[llm]!.engine.maxNumBatchedTokens;
}

/** Undefined where the configuration does not reach the rate, or has no room for its calls. */
function evaluate(
  problem: PlanningProblem,
  llm: number,
  group: ReplicaGroup,
  type: GpuType,
): Configuration | undefined {
  const { profiles, workflows, llms } = problem;
  const { tp, share, replicas } = group;
  const calls = callRate(problem, llm);
  const stretch = neighbourStretch(type, share);
  if (calls > 0 && maxCallRate(profiles[llm]!, group) / stretch < HEADROOM * calls) {
    return undefined;
  }
  const point = calls > 0 ? profileAt(profiles[llm]!, group, stretch * calls) : undefined;
  if (point === undefined && calls > 0) return undefined;
  const { firstToken = 0, decode = 0, union = 0 } = point ?? {};
  const kvTokens = kvTokensOf(problem, llm, replicas, stretch * (firstToken + decode));
  const { model, engine } = llms[llm]!;
  const bytes = weightBytes(model, tp) + kvTokens * kvBytesPerToken(model, tp);
  if (bytes > engine.memoryUtilization * type.memory) return undefined;
  const cost = sum(workflows, ({ statistics }) => {
    const { calls: n } = statistics.llms[llm]!;
    return n === 0 ? 0 : (n * stretch * union) / statistics.latencyMean;
  });
  return { ...group, granules: replicas * tp * share * GRANULES_PER_GPU, cost, kvTokens };
}

/** Room for the contexts that are alive while calls take `latency` seconds. */
function kvTokensOf(
  problem: PlanningProblem,
  llm: number,
  replicas: number,
  latency: number,
): number {
  const { workflows } = problem;
  const tokenSeconds = sum(workflows, ({ rate, statistics }) => {
    const { callDuration, contextTokenSeconds } = statistics.llms[llm]!;
    const slowdown = callDuration > 0 ? Math.max(1, latency / callDuration) : 1;
    return slowdown * contextTokenSeconds * rate;
  });
  const perExecution = mean(workflows, ({ statistics }) => statistics.llms[llm]!.contextTokens)!;
  const tokens = tokenSeconds / replicas;
  const spread = CONTEXT_DEVIATIONS * Math.sqrt(tokens * perExecution);
  return Math.max(leastKvTokens(problem, llm), tokens + spread);
}

/**
 * What a tenant may lose to decoding neighbours on the rest of its GPUs. Options are compared with
 * this margin; what a plan's neighbours really are is known when it has been placed.
 */
function neighbourStretch(gpu: GpuType, share: number): number {
  if (share === 1) return 1;
  const loads = [share, 1 - share].map((part) => {
    return { demand: TYPICAL_DECODE, share: part, sms: smsOfShare(gpu.sms, part), duty: 1 };
  });
  return slowdownUnder("mps")(gpu, loads)[0]!;
}
