/**
 * The planner contract on `independent`.
 */

import { independentPlanner } from "../../src/baselines/independent.ts";
import { describePlanner } from "./planner.contract.ts";

describePlanner(independentPlanner, { isSearching: true });
