import { test } from "vitest";
import { fragmentation } from "../../../src/deployment/fragmentation.ts";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { placeFirstFit } from "../../../src/planner/first-fit.ts";
import { place } from "../../../src/planner/placement.ts";
import { randomPlan } from "./random-requests.ts";

test.each([0, 10, 100])(
  "probe %d",
  (n) => {
    (globalThis as any).TRY = n;
    const random = randomStream(1, "placements");
    let both = 0,
      neither = 0,
      onlyOurs = 0,
      onlyFirst = 0,
      more = 0,
      moreNoCross = 0,
      fewer = 0,
      mine = 0,
      naive = 0,
      cross = 0,
      ncross = 0,
      my = 0,
      na = 0;
    const t = performance.now();
    let tp = 0;
    for (let i = 0; i < 1000; i++) {
      const plan = randomPlan(random);
      const t0 = performance.now();
      const a = place(plan.cluster, plan.llms, plan.requests);
      tp += performance.now() - t0;
      const b = placeFirstFit(plan.cluster, plan.llms, plan.requests);
      if (!a && !b) neither++;
      else if (!a) onlyFirst++;
      else if (!b) onlyOurs++;
      else {
        both++;
        const kv = plan.requests.map((r) => r.kvTokens);
        const x = fragmentation(a, kv),
          y = fragmentation(b, kv);
        if (x.gpusUsed > y.gpusUsed) {
          more++;
          if (!y.tpGroupsCrossingDomains) moreNoCross++;
        }
        if (x.gpusUsed < y.gpusUsed) fewer++;
        mine += x.strandedShare;
        naive += y.strandedShare;
        my += x.strandedShare * x.gpusUsed;
        na += y.strandedShare * y.gpusUsed;
        cross += x.tpGroupsCrossingDomains;
        ncross += y.tpGroupsCrossingDomains;
      }
    }
    console.log({
      both,
      neither,
      moreNoCross,
      onlyOurs,
      onlyFirst,
      more,
      fewer,
      mine: mine / both,
      naive: naive / both,
      my,
      na,
      cross,
      ncross,
      total: performance.now() - t,
      tp,
    });
  },
  60000,
);
