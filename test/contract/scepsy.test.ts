/**
 * The planner contract on `scepsy`.
 */

import { scepsyPlanner } from "../../src/planner/scepsy.ts";
import { describePlanner } from "./planner.contract.ts";

describePlanner(scepsyPlanner, { isSearching: true });
