/** The figures by their names, as what computes their tables. */

import { computeProfiles } from "./f2-profiles.ts";
import { computeLatencyCurves } from "./f3-latency-curves.ts";
import { computeBothWorkflows } from "./f4-both-workflows.ts";
import { computePrediction } from "./f5-prediction.ts";
import { computeSearchTime } from "./f6-search-time.ts";
import { computePlacement } from "./f7-placement.ts";
import { computeMeasured } from "./f8-measured.ts";
import { computeRandomPlans } from "./f10-random-plans.ts";
import { computeInterconnect } from "./f11-interconnect.ts";
import type { ComputeFigure } from "./figure.ts";

/** In the order in which they are made. */
export const COMPUTED: Readonly<Record<string, ComputeFigure>> = {
  F2: computeProfiles,
  F3: computeLatencyCurves,
  F4: computeBothWorkflows,
  F5: computePrediction,
  F6: computeSearchTime,
  F7: computePlacement,
  F8: computeMeasured,
  F10: computeRandomPlans,
  F11: computeInterconnect,
};
