/** The figures by their names, as what computes their tables. */

import { computeStability } from "./f1-stability.ts";
import { computeProfiles } from "./f2-profiles.ts";
import { computeLatencyCurves } from "./f3-latency-curves.ts";
import { computeBothWorkflows } from "./f4-both-workflows.ts";
import { computePrediction } from "./f5-prediction.ts";
import { computeSearchTime } from "./f6-search-time.ts";
import { computePlacement } from "./f7-placement.ts";
import { computeMeasured } from "./f8-measured.ts";
import { computeInformation } from "./f9-information.ts";
import { computeRandomPlans } from "./f10-random-plans.ts";
import { computeInterconnect } from "./f11-interconnect.ts";
import { computePeers } from "./f12-peers.ts";
import type { ComputeFigure } from "./figure.ts";

/** In the order in which they are made. */
export const COMPUTED: Readonly<Record<string, ComputeFigure>> = {
  F1: computeStability,
  F2: computeProfiles,
  F3: computeLatencyCurves,
  F4: computeBothWorkflows,
  F5: computePrediction,
  F6: computeSearchTime,
  F7: computePlacement,
  F8: computeMeasured,
  F9: computeInformation,
  F10: computeRandomPlans,
  F11: computeInterconnect,
  F12: computePeers,
};
