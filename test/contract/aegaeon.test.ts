/**
 * The planner contract on `aegaeon`.
 */

import { aegaeonPlanner } from "../../src/baselines/aegaeon.ts";
import { describePlanner } from "./planner.contract.ts";

describePlanner(aegaeonPlanner, { isSearching: true, isPooling: true });
