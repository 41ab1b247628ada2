/**
 * The planner contract on `ayo`.
 */

import { ayoPlanner } from "../../src/baselines/ayo.ts";
import { describePlanner } from "./planner.contract.ts";

describePlanner(ayoPlanner, { isSearching: false });
