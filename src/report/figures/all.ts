/** The figures by their names, as what draws their tables. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawStability } from "./f1-stability.ts";
import { drawProfiles } from "./f2-profiles.ts";
import { drawLatencyCurves } from "./f3-latency-curves.ts";
import { drawBothWorkflows } from "./f4-both-workflows.ts";
import { drawPrediction } from "./f5-prediction.ts";
import { drawSearchTime } from "./f6-search-time.ts";
import { drawPlacement } from "./f7-placement.ts";
import { drawMeasured } from "./f8-measured.ts";
import { drawInformation } from "./f9-information.ts";
import { drawRandomPlans } from "./f10-random-plans.ts";
import { drawInterconnect } from "./f11-interconnect.ts";
import { drawPeers } from "./f12-peers.ts";

/** A table as SVG. */
export const DRAWN: Readonly<Record<string, (table: FigureTable) => string>> = {
  F1: drawStability,
  F2: drawProfiles,
  F3: drawLatencyCurves,
  F4: drawBothWorkflows,
  F5: drawPrediction,
  F6: drawSearchTime,
  F7: drawPlacement,
  F8: drawMeasured,
  F9: drawInformation,
  F10: drawRandomPlans,
  F11: drawInterconnect,
  F12: drawPeers,
};
