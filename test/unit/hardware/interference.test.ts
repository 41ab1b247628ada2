import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  noSlowdown,
  type Phase,
  pairwiseSlowdown,
  type TenantLoad,
} from "../../../src/hardware/interference.ts";

const load = (phase: Phase, share = 0.5, duty = 1): TenantLoad => ({ phase, share, duty });

const phase = fc.constantFrom<Phase>("idle", "prefill", "decode");
const tenant = fc.record({
  phase,
  share: fc.integer({ min: 1, max: 8 }).map((eighths) => eighths / 8),
  duty: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
});

describe("pairwiseSlowdown", () => {
  test.each<[Phase, Phase, number]>([
    ["prefill", "prefill", 1.4],
    ["prefill", "decode", 1.3],
    ["decode", "prefill", 1.6],
    ["decode", "decode", 1.65],
    ["decode", "idle", 1],
    ["prefill", "idle", 1],
    ["idle", "decode", 1],
  ])("is what was measured for %s beside %s at 50 %% each", (mine, theirs, slowdown) => {
    const loads = [load(mine), load(theirs)];
    expect(pairwiseSlowdown(loads, 0)).toBeCloseTo(slowdown, 12);
  });

  test("is 1 for a tenant alone, whatever its own load", () => {
    fc.assert(fc.property(tenant, (alone) => pairwiseSlowdown([alone], 0) === 1));
  });

  test("scales with the share and duty of each neighbour", () => {
    const loads = [load("decode", 0.25), load("decode", 0.25), load("prefill", 0.5, 0.5)];
    expect(pairwiseSlowdown(loads, 0)).toBeCloseTo(1 + 0.65 / 2 + 0.6 / 2, 12);
  });

  test("does not depend on the order of the neighbours", () => {
    fc.assert(
      fc.property(tenant, fc.array(tenant, { maxLength: 6 }), (mine, others) => {
        const forwards = pairwiseSlowdown([mine, ...others], 0);
        const backwards = pairwiseSlowdown([...others.reverse(), mine], others.length);
        expect(forwards).toBeCloseTo(backwards, 12);
      }),
    );
  });

  test("never falls below 1 and grows with every neighbour, share and duty", () => {
    fc.assert(
      fc.property(tenant, fc.array(tenant, { maxLength: 6 }), tenant, (mine, others, added) => {
        const before = pairwiseSlowdown([mine, ...others], 0);
        const after = pairwiseSlowdown([mine, ...others, added], 0);
        const heavier = { ...added, share: Math.min(1, added.share * 2), duty: 1 };
        expect(before).toBeGreaterThanOrEqual(1);
        expect(after).toBeGreaterThanOrEqual(before);
        expect(pairwiseSlowdown([mine, ...others, heavier], 0)).toBeGreaterThanOrEqual(after);
      }),
    );
  });
});

test("noSlowdown leaves tenants alone", () => {
  expect(noSlowdown([load("decode"), load("decode")], 0)).toBe(1);
});
