/**
 * The ways to serve one LLM with replicas that are alike: GPU type x TP degree x share x number of
 * replicas, each with what it costs in GPU granules and its part of the workflows' latency.
 */

import { max, mean, sum } from "d3-array";
import { type Cluster, gpuTypes } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import { isProfiled, type ReplicaGroup } from "../llm/profile-table.ts";
import type { PlanningProblem } from "./planner.ts";

/** Shares are multiples of 1/8 of a GPU. */
export const GRANULES_PER_GPU = 8;

/**
 * Configurations kept for each amount of GPU, alternatives for when the best cannot be placed, and
 * by which part a larger amount must be better than all smaller ones; on large clusters, where
 * there are many amounts, only what makes a difference.
 */
const KEPT_PER_AMOUNT = 3;
const WORTHWHILE = 0.002;
const LARGE_CLUSTER = 64;
const WORTHWHILE_IF_LARGE = 0.02;

/**
 * A replica gets room for the context alive on average and this many standard deviations of it,
 * from the (Poisson) number of executions: where conversations are crowded out, every call computes
 * its whole prompt, and the replica collapses.
 */
const CONTEXT_DEVIATIONS = 2;

/** One way to serve an LLM. */
export interface Configuration extends ReplicaGroup {
  /** GPU granules that all replicas take. */
  readonly granules: number;
  /** What it is valued by; the lowest is the best. */
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
  /** More than one replica, and more than the least TP degree; by default both. */
  readonly hasReplicas?: boolean;
  readonly hasTp?: boolean;
}

/** Every share. */
export const WHOLE_SPACE: ConfigurationSpace = { granularity: 1, hasShares: true };

/** What a way to serve an LLM is worth to a planner. */
export interface Value {
  readonly cost: number;
  /** Mean seconds of a call, for which its context is needed. */
  readonly latency: number;
}

/** The value of replicas of LLM number `llm`; undefined where they do not reach the rate. */
export type Valuation = (llm: number, group: ReplicaGroup) => Value | undefined;

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
  valuation: Valuation,
  space: ConfigurationSpace = WHOLE_SPACE,
): Configuration[] {
  const isLarge = problem.cluster.gpus.length > LARGE_CLUSTER;
  return gpuTypes(problem.cluster).flatMap((type) => {
    const byAmount = new Map<number, Configuration[]>();
    for (const group of replicaChoices(problem, llm, type, space)) {
      const value = valuation(llm, group);
      const configuration = value && fitted(problem, llm, { group, value, type });
      if (configuration === undefined) continue;
      const kept = byAmount.get(configuration.granules) ?? [];
      kept.push(configuration);
      kept.sort((a, b) => a.cost - b.cost);
      kept.length = Math.min(kept.length, isLarge ? 1 : KEPT_PER_AMOUNT);
      byAmount.set(configuration.granules, kept);
    }
    return worthwhile(byAmount, isLarge ? WORTHWHILE_IF_LARGE : WORTHWHILE);
  });
}

/**
 * Every size and number of replicas that the GPUs of one type have room for and the profile knows;
 * of an LLM that is never called, which has none, every one.
 */
export function* replicaChoices(
  { cluster, llms, profiles }: PlanningProblem,
  llm: number,
  type: GpuType,
  { granularity, hasShares, hasReplicas = true, hasTp = true }: ConfigurationSpace,
): Generator<ReplicaGroup> {
  const gpus = cluster.gpus.filter((gpu) => gpu.type === type);
  const profile = profiles[llm]!;
  const { sizes } = profile;
  const isServable = (tp: number) =>
    sizes.length === 0
      ? supportsTp(llms[llm]!.model, tp)
      : sizes.some((size) => size.gpu === type.name && size.tp === tp);
  const degrees = tpDegrees(gpus).filter(isServable);
  for (const tp of hasTp ? degrees : degrees.slice(0, 1)) {
    for (let granules = 1; granules <= GRANULES_PER_GPU; granules++) {
      const isWhole = granules === GRANULES_PER_GPU;
      if (granules % granularity !== 0 || (!isWhole && !hasShares)) continue;
      const share = granules / GRANULES_PER_GPU;
      if (sizes.length > 0 && !isProfiled(profile, { gpu: type.name, tp, share })) continue;
      const most = isWhole && hasReplicas ? Math.floor(gpus.length / tp) : 1;
      for (let replicas = 1; replicas <= most; replicas = nextCount(replicas)) {
        yield { gpu: type.name, tp, share, replicas };
      }
    }
  }
}

/** Every number of replicas up to 16, then steps of a sixteenth. */
function nextCount(replicas: number): number {
  return replicas + Math.max(1, Math.floor(replicas / 16));
}

/** Without amounts that are hardly better than a smaller one. */
function worthwhile(
  byAmount: ReadonlyMap<number, readonly Configuration[]>,
  part: number,
): Configuration[] {
  let best = Number.POSITIVE_INFINITY;
  const kept: Configuration[] = [];
  for (const amount of [...byAmount.keys()].sort((a, b) => a - b)) {
    const ofAmount = byAmount.get(amount)!;
    if (ofAmount[0]!.cost > best - part * Math.abs(best)) continue;
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

/** The configuration; undefined where its GPUs have no room for its calls. */
function fitted(
  problem: PlanningProblem,
  llm: number,
  { group, value, type }: { group: ReplicaGroup; value: Value; type: GpuType },
): Configuration | undefined {
  const { tp, share, replicas } = group;
  const { model, engine } = problem.llms[llm]!;
  const kvTokens = kvTokensOf(problem, llm, replicas, value.latency);
  const bytes = weightBytes(model, tp) + kvTokens * kvBytesPerToken(model, tp);
  if (bytes > engine.memoryUtilization * type.memory) return undefined;
  const granules = replicas * tp * share * GRANULES_PER_GPU;
  return { ...group, granules, cost: value.cost, kvTokens };
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
