/**
 * Rates that can be served where those asked for cannot: all lowered in proportion, or one of them
 * alone. As the search predicts it, to 2 %.
 */

import { HEADROOM, type PlanningProblem } from "../planner/planner.ts";
import { predictedPeak, rankedPlans } from "../planner/scepsy.ts";
import { atFactor } from "../predictor/prediction.ts";
import { formatRate } from "../units.ts";

/** One rate is lowered by halves this often, so to 1/64 of what was asked for at most. */
const BISECTIONS = 6;

/** In words; undefined where the rates are not what is in the way. */
export function nearestRates(problem: PlanningProblem): string | undefined {
  const peak = predictedPeak(problem);
  if (typeof peak !== "number" || peak >= HEADROOM) return undefined;
  const lowered = atFactor(problem, peak / HEADROOM).workflows;
  if (lowered.length === 1) return `the nearest feasible rate is ${formatRate(lowered[0]!.rate)}`;
  const together = lowered.map(({ name, rate }) => `${name} at ${formatRate(rate)}`).join(" and ");
  const alone = problem.workflows.flatMap(({ name }, index) => {
    const rate = highestRate(problem, index);
    return rate === undefined ? [] : [`${name} at ${formatRate(rate)} and the rest as asked`];
  });
  return `the nearest feasible rates are ${[together, ...alone].join("; or ")}`;
}

/** The highest rate of one workflow with the others as asked; undefined for none. */
function highestRate(problem: PlanningProblem, index: number): number | undefined {
  const { workflows } = problem;
  const asked = workflows[index]!.rate;
  let feasible = 0;
  let refused = asked;
  for (let bisection = 0; bisection < BISECTIONS; bisection++) {
    const rate = (feasible + refused) / 2;
    const tried = workflows.with(index, { ...workflows[index]!, rate });
    if (rankedPlans({ ...problem, workflows: tried }, { enough: 1 }).plans.length > 0)
      feasible = rate;
    else refused = rate;
  }
  return feasible > 0 ? feasible : undefined;
}
