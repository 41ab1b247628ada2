/**
 * The planners that a run may choose from, by name.
 */

import { aegaeonPlanner } from "../baselines/aegaeon.ts";
import { ayoPlanner } from "../baselines/ayo.ts";
import { hpaPlanner } from "../baselines/hpa.ts";
import {
  blindPlanner,
  blindSharesPlanner,
  independentPlanner,
  independentSharesPlanner,
} from "../baselines/independent.ts";
import { userPlanner } from "../baselines/user.ts";
import type { Planner } from "../planner/planner.ts";
import { scepsyPlanner } from "../planner/scepsy.ts";

/** All planners, the default first. */
export const PLANNERS: readonly Planner[] = [
  scepsyPlanner,
  independentPlanner,
  independentSharesPlanner,
  blindPlanner,
  blindSharesPlanner,
  hpaPlanner,
  ayoPlanner,
  aegaeonPlanner,
  userPlanner,
];
