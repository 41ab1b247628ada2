/**
 * The rate of a closed loop. N users who come back a think time Z after their executions have ended
 * make X = N / (Z + L) executions per second, where the mean latency L is what is predicted of the
 * plan at that very rate. Where that is more than the plan sustains, X is what it sustains, and
 * users wait: L = N/X − Z, by Little's law.
 */

import type { Deployment } from "../deployment/plan.ts";
import { UserError } from "../errors.ts";
import type { Planner, PlanningProblem } from "../planner/planner.ts";
import { sustainedLatencies } from "../predictor/alp-plus.ts";
import { atFactor } from "../predictor/prediction.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";

/** The rate is found by so many halvings of what there is at most. */
const BISECTIONS = 12;

/** A part of what users would make of executions as traced, at which none wait for others. */
const IDLE = 1e-3;

/** The rate to plan for is sought in so many steps, until it changes by less than this part. */
const ROUNDS = 8;
const SETTLED = 0.03;

/** After a refusal, rates stay this much below the refused one. */
const BELOW_REFUSED = 0.9;

/** What a plan makes of a closed loop. */
export interface ClosedRate {
  /** Executions per second. */
  readonly rate: number;
  /** Mean latency in seconds, where users wait for a saturated plan. */
  readonly saturatedLatency?: number;
}

/**
 * The executions per second that users make of one workflow on a plan; `problem` is at one
 * execution per second.
 */
export function closedLoopRate(
  loop: ClosedLoop,
  problem: PlanningProblem,
  deployment: Deployment,
): ClosedRate {
  const { users, think } = loop;
  const latencyAt = (rate: number) =>
    sustainedLatencies(atFactor(problem, rate), deployment, 1)?.[0]?.latencyMean ??
    Number.POSITIVE_INFINITY;
  let low = IDLE * rateAsTraced(loop, problem);
  let high = users / (think + latencyAt(low));
  let isSaturated = false;
  for (let bisection = 0; bisection < BISECTIONS && low < high; bisection++) {
    const rate = (low + high) / 2;
    const latency = latencyAt(rate);
    if (rate * (think + latency) <= users) low = rate;
    else {
      high = rate;
      isSaturated = latency === Number.POSITIVE_INFINITY;
    }
  }
  return { rate: low, ...(isSaturated ? { saturatedLatency: users / low - think } : {}) };
}

/**
 * The rate that a planner is told of a closed loop: the one that the users make of its plan for
 * that rate, or about the highest that it accepts.
 */
export function rateToPlanFor(
  loop: ClosedLoop,
  problem: PlanningProblem,
  planner: Planner,
): number {
  let rate = rateAsTraced(loop, problem);
  let accepted = 0;
  let refused = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = planner.plan(atFactor(problem, rate));
    if (outcome.isFeasible) {
      accepted = rate;
      const { rate: made } = closedLoopRate(loop, problem, outcome.deployment);
      rate = Math.min(made, BELOW_REFUSED * refused);
      if (Math.abs(rate - accepted) <= SETTLED * accepted) break;
    } else {
      refused = rate;
      rate = accepted > 0 ? Math.sqrt(accepted * refused) : refused / 2;
    }
  }
  return accepted > 0 ? accepted : rate;
}

/** What the users make where executions take as long as those traced one at a time. */
function rateAsTraced({ users, think }: ClosedLoop, { workflows }: PlanningProblem): number {
  const cycle = think + workflows[0]!.statistics.latencyMean;
  if (cycle > 0) return users / cycle;
  throw new UserError("a closed loop of executions that take no time has no rate", {
    hint: "give users a think time: --arrivals closed:USERSxTHINK",
  });
}
