/**
 * Judges a user's plan before it is simulated: one that cannot run is an error of the user's, one
 * that a planner would not emit has warnings.
 */

import { checkDeployment } from "../deployment/check.ts";
import type { Deployment } from "../deployment/plan.ts";
import { UserError } from "../errors.ts";

/** Warnings about a user's plan; throws a UserError for one that cannot run. */
export function checkUserPlan(deployment: Deployment): readonly string[] {
  const { problems, warnings } = checkDeployment(deployment);
  if (problems.length === 0) return warnings;
  throw new UserError(`the plan cannot run: ${problems.join("; ")}`, {
    hint: "change the plan file, or let --planner scepsy find one",
  });
}
