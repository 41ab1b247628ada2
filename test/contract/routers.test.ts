/**
 * The router contract on every router.
 */

import { ROUTER_NAMES } from "../../src/deployment/plan.ts";
import { describeRouter } from "./router.contract.ts";

for (const name of ROUTER_NAMES) describeRouter(name);
