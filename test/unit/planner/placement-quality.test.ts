/**
 * How well placement packs: 1,000 random plans against naive first fit, and, for what no instance
 * could use, against the least that any placement leaves.
 */

import { describe, expect, test } from "vitest";
import { checkDeployment } from "../../../src/deployment/check.ts";
import { type Fragmentation, fragmentation } from "../../../src/deployment/fragmentation.ts";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { placeFirstFit } from "../../../src/planner/first-fit.ts";
import { place } from "../../../src/planner/placement.ts";
import { type RandomPlan, randomPlan } from "./random-requests.ts";
import { leastStranded } from "./stranding-bound.ts";

const PLANS = 1000;

interface Placed {
  readonly plan: RandomPlan;
  readonly ours: Deployment | undefined;
  readonly naive: Deployment | undefined;
}

const random = randomStream(1, "placements");
const placed: readonly Placed[] = Array.from({ length: PLANS }, () => {
  const plan = randomPlan(random);
  const { cluster, llms, requests } = plan;
  return {
    plan,
    ours: place(cluster, llms, requests),
    naive: placeFirstFit(cluster, llms, requests),
  };
});

const judged = placed.flatMap(({ plan, ours, naive }) => {
  if (ours === undefined || naive === undefined) return [];
  const judge = (deployment: Deployment) => fragmentation(deployment, kvTokensOf(plan));
  return [{ plan, ours: judge(ours), naive: judge(naive) }];
});

function kvTokensOf({ requests }: RandomPlan): number[] {
  return requests.map(({ kvTokens }) => kvTokens);
}

const strandedGpus = ({ strandedShare, gpusUsed }: Fragmentation) => strandedShare * gpusUsed;

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe("1,000 random plans", () => {
  test("are placed where first fit places them, and more", () => {
    const lost = placed.filter(({ ours, naive }) => ours === undefined && naive !== undefined);
    const gained = placed.filter(({ ours, naive }) => ours !== undefined && naive === undefined);
    expect(lost.length).toBeLessThanOrEqual(2);
    expect(gained.length).toBeGreaterThan(20);
    expect(judged.length).toBeGreaterThan(750);
  });

  test("keep TP groups in fast domains, which first fit does not", () => {
    expect(total(judged.map(({ ours }) => ours.tpGroupsCrossingDomains))).toBe(0);
    expect(total(judged.map(({ naive }) => naive.tpGroupsCrossingDomains))).toBeGreaterThan(500);
  });

  test("pass the check", () => {
    for (const { plan, ours } of placed) {
      if (ours === undefined) continue;
      const used = ours.llms.filter(({ instances }) => instances.length > 0);
      expect(checkDeployment({ ...ours, llms: used })).toEqual({ problems: [], warnings: [] });
      plan.requests.forEach(({ replicas }, llm) => {
        expect(ours.llms[llm]!.instances).toHaveLength(replicas);
      });
    }
  });

  test("use no more GPUs than first fit in 99 %", () => {
    const more = judged.filter(({ ours, naive }) => ours.gpusUsed > naive.gpusUsed);
    expect(more.length).toBeLessThanOrEqual(0.01 * judged.length);
  });

  test("strand less share than first fit, and half of what can be avoided at most", () => {
    const ours = total(judged.map((each) => strandedGpus(each.ours)));
    const naive = total(judged.map((each) => strandedGpus(each.naive)));
    expect(ours).toBeLessThan(naive);
    // Instances of 5/8 alone leave 3/8 on every GPU, wherever they are.
    const inherent = total(
      judged.map(({ plan, naive: { gpusUsed } }) => leastStranded(plan, gpusUsed)),
    );
    expect(ours - inherent).toBeLessThanOrEqual(0.5 * (naive - inherent));
    // On however many GPUs, no placement of these plans strands half of what first fit does.
    const anywhere = total(judged.map(({ plan }) => leastStranded(plan, plan.cluster.gpus.length)));
    expect(anywhere).toBeGreaterThan(0.75 * naive);
    expect(anywhere).toBeLessThan(inherent);
  });
});
