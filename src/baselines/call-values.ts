/**
 * What a way to serve an LLM is worth to planners that look at its calls alone: at their rate, or,
 * for those that know no rates, one at a time.
 */

import { callLatency, maxCallRate, profileAt, type ReplicaGroup } from "../llm/profile-table.ts";
import type { Valuation } from "../planner/configurations.ts";
import { HEADROOM, type PlanningProblem } from "../planner/planner.ts";
import { callRate } from "../predictor/prediction.ts";

/** The part of saturation at which a blind planner looks at latency: next to none. */
const IDLE = 0.02;

/**
 * A blind planner does not know what a replica is good for, and leaves no GPU of its part unused.
 */
const WORTH_OF_REPLICA = 0.02;

/** ln of the latency of calls at their rate. */
export function rateValue(problem: PlanningProblem): Valuation {
  return byCallLatency(problem, (_, latency) => Math.log(latency));
}

/** A value of the latency of calls at their rate; none where that is not sustained. */
export function byCallLatency(
  problem: PlanningProblem,
  costOf: (llm: number, latency: number) => number,
): Valuation {
  return (llm, group) => {
    const calls = callRate(problem, llm);
    if (calls === 0) return { cost: 0, latency: 0 };
    const profile = problem.profiles[llm]!;
    if (maxCallRate(profile, group) < HEADROOM * calls) return undefined;
    const point = profileAt(profile, group, calls);
    if (point === undefined) return undefined;
    const latency = point.firstToken + point.decode;
    return { cost: costOf(llm, latency), latency };
  };
}

/** Latency of a call alone, within an equal part of the GPUs. */
export function blindValue(problem: PlanningProblem): Valuation {
  const { cluster, llms, profiles } = problem;
  const gpus = cluster.gpus.length;
  const budget = Math.max(gpus / llms.length, 1 / Math.ceil(llms.length / gpus));
  return (llm, group: ReplicaGroup) => {
    const { tp, share, replicas } = group;
    if (tp * share * replicas > budget * (1 + 1e-9)) return undefined;
    const profile = profiles[llm]!;
    if (profile.sizes.length === 0) return { cost: 0, latency: 0 };
    const one = { ...group, replicas: 1 };
    const latency = callLatency(profile, one, IDLE * maxCallRate(profile, one), "poisson");
    return { cost: Math.log(latency) - WORTH_OF_REPLICA * replicas, latency };
  };
}
