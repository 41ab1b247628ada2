/**
 * Aegaeon's way: all GPUs are one pool, in groups of the smallest TP degree that holds any of the
 * LLMs beside the weights of another; every group serves every LLM, in turns. MODEL.md says how
 * quantum and group size were tuned. A plan is refused where the groups' time does not suffice for
 * all calls, even without switches.
 */

import { sum } from "d3-array";
import type { AegaeonControl } from "../deployment/control.ts";
import { kvBytesInTurns } from "../deployment/memory.ts";
import type { Instance } from "../deployment/plan.ts";
import type { Gpu } from "../hardware/cluster.ts";
import { kvBytesPerToken, supportsTp } from "../llm/model.ts";
import { maxCallRate } from "../llm/profile-table.ts";
import { leastKvTokens, tpDegrees } from "../planner/configurations.ts";
import {
  formatRates,
  HEADROOM,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "../planner/planner.ts";
import { callRate } from "../predictor/prediction.ts";

/** The settings that did best. */
const TUNED = { quantum: 2, affinity: 128 };

/** Models in turns on a pool of all GPUs. */
export const aegaeonPlanner = createAegaeonPlanner(TUNED);

/** Models in turns of this quantum, in groups of this size. */
export function createAegaeonPlanner(settings: Omit<AegaeonControl, "kind">): Planner {
  const control: AegaeonControl = { kind: "aegaeon", ...settings };
  return { name: "aegaeon", plan: (problem) => plan(problem, control) };
}

function plan(problem: PlanningProblem, control: AegaeonControl): PlanningOutcome {
  const { cluster, llms } = problem;
  const degrees = tpDegrees(cluster.gpus);
  const tp = degrees.find((degree) => holdsAll(problem, degree));
  const groups = tp === undefined ? [] : gpuGroups(cluster.gpus, tp);
  if (groups.length === 0) {
    return infeasible(`no GPUs of ${cluster.name} hold the weights of any two LLMs at once`);
  }
  const size = { gpu: cluster.gpus[0]!.type.name, tp: tp!, share: 1, replicas: 1 };
  const busy = sum(llms, (_, llm) => {
    const rate = callRate(problem, llm);
    return rate > 0 ? rate / maxCallRate(problem.profiles[llm]!, size) : 0;
  });
  if (busy * HEADROOM > groups.length) {
    return infeasible(`the pool is too slow for ${formatRates(problem)}`);
  }
  const instances = groups.map((gpus): Instance => ({ gpus, share: 1 }));
  const deployment = { cluster, llms: llms.map((llm) => ({ ...llm, instances })), control };
  return { isFeasible: true, deployment, candidates: 1 };
}

function infeasible(reason: string): PlanningOutcome {
  return { isFeasible: false, reason, candidates: 1 };
}

/** Whether every LLM has room in its turns for its largest execution. */
function holdsAll(problem: PlanningProblem, tp: number): boolean {
  const { cluster, llms } = problem;
  const { type } = cluster.gpus[0]!;
  if (tp > 1 && !type.allReduce.has(tp)) return false;
  const instance = { gpus: cluster.gpus.slice(0, tp), share: 1 };
  const tenants = llms.map((llm) => ({ llm: { ...llm, instances: [] }, instance }));
  return kvBytesInTurns(tenants, type.memory).every((bytes, llm) => {
    const { model } = llms[llm]!;
    return (
      supportsTp(model, tp) && bytes >= leastKvTokens(problem, llm) * kvBytesPerToken(model, tp)
    );
  });
}

/** As many groups of `tp` GPUs as fast domains have. */
function gpuGroups(gpus: readonly Gpu[], tp: number): Gpu[][] {
  const groups: Gpu[][] = [];
  const rest = new Map<number, Gpu[]>();
  for (const gpu of gpus) {
    const group = rest.get(gpu.domain) ?? [];
    group.push(gpu);
    if (group.length === tp) groups.push(group);
    rest.set(gpu.domain, group.length === tp ? [] : group);
  }
  return groups;
}
