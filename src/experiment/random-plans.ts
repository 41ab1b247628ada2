/**
 * Plans drawn at random from all that the cluster has room for: what planners are compared with.
 * Each LLM gets a TP degree, a share and a number of replicas at random, and the draw is repeated
 * until all can be placed. Nothing is asked of their speed.
 */

import type { Deployment } from "../deployment/plan.ts";
import { randomStream } from "../engine/random-streams.ts";
import { supportsTp } from "../llm/model.ts";
import { GRANULES_PER_GPU, leastKvTokens, tpDegrees } from "../planner/configurations.ts";
import { place } from "../planner/placement.ts";
import type { PlanningProblem } from "../planner/planner.ts";

/** Draws for one plan before giving up. */
const MAX_DRAWS = 10_000;

/** An endless supply of random plans; ends where none can be placed. */
export function* randomPlans(problem: PlanningProblem, seed: number): Generator<Deployment> {
  const { cluster, llms, profiles } = problem;
  const random = randomStream(seed, "random-plans");
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const degrees = llms.map(({ model }, llm) => {
    const known = profiles[llm]!.sizes;
    return tpDegrees(cluster.gpus).filter((tp) =>
      known.length > 0 ? known.some((size) => size.tp === tp) : supportsTp(model, tp),
    );
  });
  const budget = GRANULES_PER_GPU * cluster.gpus.length;
  for (let draws = 0; draws < MAX_DRAWS; draws++) {
    let left = budget;
    const requests = llms.map((_, llm) => {
      const tp = pick(degrees[llm]!);
      const isWhole = random() < 0.5;
      const granules = isWhole ? GRANULES_PER_GPU : 1 + Math.floor(random() * GRANULES_PER_GPU);
      const most = granules < GRANULES_PER_GPU ? 1 : Math.max(1, Math.floor(left / tp / granules));
      const replicas = 1 + Math.floor(random() * most);
      left -= replicas * tp * granules;
      const share = granules / GRANULES_PER_GPU;
      return { tp, share, replicas, kvTokens: leastKvTokens(problem, llm) };
    });
    if (left < 0) continue;
    const deployment = place(cluster, llms, requests);
    if (deployment === undefined) continue;
    draws = 0;
    yield deployment;
  }
}
