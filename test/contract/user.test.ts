/**
 * The planner contract on `user`.
 */

import { userPlanner } from "../../src/baselines/user.ts";
import { describePlanner } from "./planner.contract.ts";

describePlanner(userPlanner, { isSearching: false });
