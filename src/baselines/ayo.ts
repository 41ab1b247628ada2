/**
 * Ayo's way: the user decides the allocation (an equal split; `control: { kind: ayo }` in a plan
 * file puts it on any other), and calls are scheduled by what is known of the workflow
 * (`workflow/call-priorities.ts`). MODEL.md says how the order was chosen, and what of Ayo is left
 * out.
 */

import type { AyoControl } from "../deployment/control.ts";
import type { Planner } from "../planner/planner.ts";
import { userPlanner } from "./user.ts";

/** The order that did best. */
const ORDER = "oldest-first";

/** Workflow-aware scheduling on an equal split. */
export const ayoPlanner = createAyoPlanner(ORDER);

/** Workflow-aware scheduling in this order. */
export function createAyoPlanner(order: AyoControl["order"]): Planner {
  return {
    name: "ayo",
    plan(problem) {
      const outcome = userPlanner.plan(problem);
      if (!outcome.isFeasible) return outcome;
      return { ...outcome, deployment: { ...outcome.deployment, control: { kind: "ayo", order } } };
    },
  };
}
