/**
 * The ways to serve one LLM with replicas that are alike: TP degree x share x number of replicas,
 * each with what it costs in GPU granules and what the pipeline says of it.
 */

import { weightBytes } from "../llm/model.ts";
import { HIGHEST_LOAD } from "../llm/profile-table.ts";
import { predictStage, type ReplicaGroup } from "../predictor/aggregate-llm-pipeline.ts";
import { HEADROOM, type PlanningProblem } from "./planner.ts";

/** Shares are multiples of 1/8 of a GPU. */
export const GRANULES_PER_GPU = 8;

/** Configurations kept for each amount of GPU: alternatives for when the best cannot be placed. */
const KEPT_PER_AMOUNT = 3;

/** One way to serve an LLM. */
export interface Configuration extends ReplicaGroup {
  /** GPU granules that all replicas take. */
  readonly granules: number;
  /** What the objective minimises: a latency in seconds, or seconds per execution at peak. */
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
 * The configurations of one LLM that reach the rate, cheapest first for each amount of GPU.
 * For a peak, every configuration, judged by what it sustains.
 */
export function configurations(
  problem: PlanningProblem,
  llm: number,
  space: ConfigurationSpace,
): Configuration[] {
  const total = problem.cluster.gpus.length * GRANULES_PER_GPU;
  const byAmount = new Map<number, Configuration[]>();
  for (const tp of space.tpDegrees) {
    if (!problem.profiles[llm]!.byTp.has(tp) || !hasRoomForWeights(problem, llm, tp)) continue;
    for (const share of space.shares) {
      for (let replicas = 1; replicas * tp * share <= total; replicas++) {
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

function hasRoomForWeights({ cluster, llms }: PlanningProblem, llm: number, tp: number): boolean {
  const { model, engine } = llms[llm]!;
  return weightBytes(model, tp) < engine.memoryUtilization * cluster.gpus[0]!.type.memory;
}

/** Undefined where the configuration does not reach the rate. */
function evaluate(
  { statistics, profiles, rate }: PlanningProblem,
  llm: number,
  group: ReplicaGroup,
): Configuration | undefined {
  const { tp, share, replicas } = group;
  const granules = replicas * tp * share * GRANULES_PER_GPU;
  const use = statistics.llms[llm]!;
  const peak = predictStage(use, profiles[llm]!, [group], 0).throughputMax;
  const atRate = rate === "peak" ? (peak * HIGHEST_LOAD) / HEADROOM : rate;
  if (peak < HEADROOM * atRate) return undefined;
  const stage = predictStage(use, profiles[llm]!, [group], Number.isFinite(atRate) ? atRate : 0);
  const inFlight = (stage.callRate * stage.callLatency) / replicas;
  const kvTokens = Math.max(
    use.longestCall,
    KV_HEADROOM * inFlight * (use.promptTokens + use.outputTokens),
  );
  const cost = rate === "peak" ? 1 / peak : stage.latency;
  return Number.isFinite(cost) ? { ...group, granules, cost, kvTokens } : undefined;
}

/** A replica gets memory for this many times the tokens that Little's law puts in flight. */
const KV_HEADROOM = 2;
