/**
 * The ways to serve one LLM with replicas that are alike: TP degree x share x number of replicas,
 * each with what it costs in GPU granules and what the pipeline says of it.
 */

import type { GpuType } from "../hardware/gpu.ts";
import { type Demand, slowdownUnder } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import { predictStage, type ReplicaGroup } from "../predictor/aggregate-llm-pipeline.ts";
import { HEADROOM, type PlanningProblem } from "./planner.ts";

/** Shares are multiples of 1/8 of a GPU. */
export const GRANULES_PER_GPU = 8;

/** Configurations kept for each amount of GPU: alternatives for when the best cannot be placed. */
const KEPT_PER_AMOUNT = 3;

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
  /** The LLM's part of the workflow's latency, in seconds. */
  readonly cost: number;
  /** Tokens of KV cache that each replica needs at least. */
  readonly kvTokens: number;
}

/** What a planner may choose from. */
export interface ConfigurationSpace {
  /** TP degrees, increasing. */
  readonly tpDegrees: readonly number[];
  /** Shares of a GPU, in granules. */
  readonly shares: readonly number[];
}

/** Every TP degree that fits a fast domain of the cluster, and every share of it. */
export function wholeSpace({ cluster }: PlanningProblem): ConfigurationSpace {
  return {
    tpDegrees: tpDegrees(cluster.gpus),
    shares: Array.from({ length: GRANULES_PER_GPU }, (_, index) => index + 1),
  };
}

/** Powers of two up to the largest fast domain. */
export function tpDegrees(gpus: PlanningProblem["cluster"]["gpus"]): number[] {
  const domainSizes = new Map<number, number>();
  for (const { domain } of gpus) domainSizes.set(domain, (domainSizes.get(domain) ?? 0) + 1);
  const largest = Math.max(...domainSizes.values());
  const degrees = [1];
  while (degrees.at(-1)! * 2 <= largest) degrees.push(degrees.at(-1)! * 2);
  return degrees;
}

/**
 * The configurations of one LLM that reach the rate, best first for each amount of GPU. Shares are
 * contiguous: an LLM has one instance on parts of GPUs, or any number on whole ones. (Profiles are
 * taken alone, so eight replicas on eighths of a GPU would each be credited with bandwidth that
 * there is only once.)
 */
export function configurations(
  problem: PlanningProblem,
  llm: number,
  space: ConfigurationSpace,
): Configuration[] {
  const total = problem.cluster.gpus.length * GRANULES_PER_GPU;
  const { model } = problem.llms[llm]!;
  const isCalled = problem.statistics.llms[llm]!.calls > 0;
  const byAmount = new Map<number, Configuration[]>();
  for (const tp of space.tpDegrees) {
    if (!(isCalled ? problem.profiles[llm]!.byTp.has(tp) : supportsTp(model, tp))) continue;
    for (const share of space.shares) {
      const most = share < GRANULES_PER_GPU ? 1 : total;
      for (let replicas = 1; replicas <= most && replicas * tp * share <= total; replicas++) {
        const group = { tp, share: share / GRANULES_PER_GPU, replicas };
        const configuration = evaluate(problem, llm, group);
        if (configuration === undefined) continue;
        const kept = byAmount.get(configuration.granules) ?? [];
        kept.push(configuration);
        kept.sort((a, b) => a.cost - b.cost);
        kept.length = Math.min(kept.length, KEPT_PER_AMOUNT);
        byAmount.set(configuration.granules, kept);
      }
    }
  }
  return [...byAmount.values()].flat();
}

/** Tokens of KV cache without which an LLM is of little use: the largest traced execution's. */
export function leastKvTokens({ statistics, llms }: PlanningProblem, llm: number): number {
  const { calls, contextTokensPeak } = statistics.llms[llm]!;
  return calls > 0 ? contextTokensPeak : llms[llm]!.engine.maxNumBatchedTokens;
}

/** Undefined where the configuration does not reach the rate, or has no room for its calls. */
function evaluate(
  problem: PlanningProblem,
  llm: number,
  group: ReplicaGroup,
): Configuration | undefined {
  const { statistics, profiles, rate, llms, cluster } = problem;
  const { tp, share, replicas } = group;
  const use = statistics.llms[llm]!;
  const neighbours = neighbourSlowdown(cluster.gpus[0]!.type, share);
  const peak = predictStage(use, profiles[llm]!, [group], 0).throughputMax / neighbours;
  if (peak < HEADROOM * rate) return undefined;
  const stage = predictStage(use, profiles[llm]!, [group], neighbours * rate);
  const cost = neighbours * stage.latency;
  const callLatency = neighbours * stage.callLatency;
  const slowdown = use.callDuration > 0 ? Math.max(1, callLatency / use.callDuration) : 1;
  const tokens = (slowdown * use.contextTokenSeconds * rate) / replicas;
  const spread = CONTEXT_DEVIATIONS * Math.sqrt(tokens * use.contextTokens);
  const kvTokens = Math.max(leastKvTokens(problem, llm), tokens + spread);
  const { model, engine } = llms[llm]!;
  const bytes = weightBytes(model, tp) + kvTokens * kvBytesPerToken(model, tp);
  if (bytes > engine.memoryUtilization * cluster.gpus[0]!.type.memory) return undefined;
  const granules = replicas * tp * share * GRANULES_PER_GPU;
  return Number.isFinite(cost) ? { ...group, granules, cost, kvTokens } : undefined;
}

/**
 * What a tenant may lose to decoding neighbours on the rest of its GPUs. Profiles are taken alone:
 * plans are made with time stretched by this margin, predictions are not changed by it.
 */
function neighbourSlowdown(gpu: GpuType, share: number): number {
  if (share === 1) return 1;
  const loads = [share, 1 - share].map((part) => {
    return { demand: TYPICAL_DECODE, share: part, sms: smsOfShare(gpu.sms, part), duty: 1 };
  });
  return slowdownUnder("mps")(gpu, loads)[0]!;
}
