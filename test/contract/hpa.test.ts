/**
 * The planner contract on `hpa`.
 */

import { hpaPlanner } from "../../src/baselines/hpa.ts";
import { describePlanner } from "./planner.contract.ts";

describePlanner(hpaPlanner, { isSearching: false });
