import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  callLatency,
  HIGHEST_LOAD,
  isProfiled,
  type LlmProfile,
  maxCallRate,
  profileAt,
} from "../../../src/llm/profile-table.ts";
import { sizeProfile } from "../predictor/profiles.ts";

const size = { gpu: "gpu", tp: 1, share: 1 };
const half = { ...size, share: 0.5 };

/** Latencies 1, 2, 6 at parts 0.01, 0.5 and 0.9 of 10 calls/s; twice that on half a GPU. */
const LATENCIES = new Map([
  [0.01, 1],
  [0.5, 2],
  [0.9, 6],
]);
const LOADS = [...LATENCIES.keys()];
const whole = sizeProfile(size, 10, (load) => LATENCIES.get(load)!, LOADS);
const four = { ...sizeProfile(size, 48, (load) => LATENCIES.get(load)! / 2, LOADS), replicas: 4 };
const profile: LlmProfile = {
  sizes: [whole, sizeProfile(half, 5, (load) => 2 * LATENCIES.get(load)!, LOADS), four],
};
const group = (replicas: number, share = 1) => ({ ...size, share, replicas });

describe("maxCallRate", () => {
  test("is the table's, or zero without one", () => {
    expect(maxCallRate(profile, group(1))).toBe(10);
    expect(maxCallRate(profile, group(1, 0.5))).toBe(5);
    expect(maxCallRate(profile, group(4))).toBe(48);
    expect(maxCallRate(profile, { ...group(1), tp: 2 })).toBe(0);
    expect(maxCallRate(profile, { ...group(1), gpu: "other" })).toBe(0);
  });

  test("is geometric in the logarithm of shares and of replicas, and constant beyond", () => {
    expect(maxCallRate(profile, group(1, Math.SQRT1_2))).toBeCloseTo(Math.sqrt(50), 12);
    expect(maxCallRate(profile, group(2))).toBeCloseTo(2 * Math.sqrt(10 * 12), 12);
    expect(maxCallRate(profile, group(8))).toBeCloseTo(96, 12);
    expect(maxCallRate(profile, group(1, 0.25))).toBe(5);
  });

  test("of parts of GPUs changes with replicas as on whole ones", () => {
    expect(maxCallRate(profile, group(4, 0.5))).toBeCloseTo((4 * 5 * 12) / 10, 12);
  });
});

describe("a table without some sizes", () => {
  const parts: LlmProfile = { sizes: profile.sizes.filter(({ share }) => share < 1) };

  test("knows the shares between those that it has, and no other", () => {
    const shares = [0.25, 0.5, 0.75, 1];
    const known = (of: LlmProfile) => shares.map((share) => isProfiled(of, { ...size, share }));
    expect(known(profile)).toEqual([false, true, true, true]);
    expect(known(parts)).toEqual([false, true, false, false]);
    expect(known({ sizes: [four] })).toEqual([false, false, false, true]);
    expect(isProfiled(profile, { ...size, tp: 2 })).toBe(false);
    expect(isProfiled(profile, { ...size, gpu: "other" })).toBe(false);
  });

  test("takes several replicas on parts of GPUs to be like one, without whole GPUs", () => {
    expect(maxCallRate(parts, group(4, 0.5))).toBe(20);
    expect(profileAt(parts, group(4, 0.5), 10)!.decode).toBe(4);
    expect(callLatency(parts, half, 2.5, "recorded")).toBe(4);
  });
});

describe("profileAt", () => {
  test("compares sizes at equal parts of saturation", () => {
    expect(profileAt(profile, group(4), 24)!.decode).toBe(1);
    expect(profileAt(profile, group(2), Math.sqrt(10 * 12))!.decode).toBeCloseTo(Math.SQRT2, 12);
  });

  test("interpolates what replicas ask of their GPUs", () => {
    const { busy } = profileAt(profile, group(1), 7)!.use!.decode;
    expect(busy).toBeCloseTo(0.7, 12);
  });

  test("does not make up what replicas ask of their GPUs", () => {
    const points = whole.points.map(({ use: _, ...point }) => point);
    const point = profileAt({ sizes: [{ ...whole, points }] }, group(1), 7)!;
    expect(point).toEqual({ callRate: 7, firstToken: 0, decode: 3, union: 3 });
  });

  test("is undefined past the highest load and where nothing was profiled", () => {
    expect(profileAt(profile, group(1), HIGHEST_LOAD * 10 + 1e-9)).toBeUndefined();
    expect(profileAt(profile, { ...group(1), tp: 2 }, 0)).toBeUndefined();
  });
});

describe("callLatency", () => {
  test("meets the table, is harmonic between its points and flat outside", () => {
    const latencies = [0, 0.1, 5, 7, 9, 9.5].map((rate) => callLatency(profile, size, rate));
    expect(latencies).toEqual([1, 1, 2, 3, 6, 6]);
  });

  test("is exact where a server shares itself among its calls", () => {
    const shared = sizeProfile(size, 10, (load) => 1 / (1 - load), [0.1, 0.4, HIGHEST_LOAD]);
    for (const load of [0.2, 0.3, 0.5, 0.8]) {
      expect(callLatency({ sizes: [shared] }, size, 10 * load)).toBeCloseTo(1 / (1 - load), 12);
    }
  });

  test("is infinite past the highest load, and without a profile", () => {
    const highest = HIGHEST_LOAD * 10;
    expect(callLatency(profile, size, highest)).toBe(6);
    expect(callLatency(profile, size, highest + 1e-9)).toBe(Infinity);
    expect(callLatency(profile, half, highest / 2 + 1e-9)).toBe(Infinity);
    expect(callLatency(profile, { ...size, tp: 2 }, 0)).toBe(Infinity);
  });

  test("in open loops is what was measured so, in proportion on parts of GPUs", () => {
    const openLoop = { recorded: [2, 8, 60], poisson: [1, 3, 9] };
    const open = { sizes: [{ ...whole, openLoop }, ...profile.sizes.slice(1)] };
    expect(callLatency(open, size, 5, "recorded")).toBe(8);
    expect(callLatency(open, half, 2.5, "recorded")).toBe(16);
    expect(callLatency(open, size, 7, "poisson")).toBe(4.5);
    expect(callLatency(open, size, 5)).toBe(2);
    const unmeasured = { recorded: [NaN, NaN, NaN], poisson: [1, 3, 9] };
    const partly = { sizes: [{ ...whole, openLoop: unmeasured }] };
    expect(callLatency(partly, size, 5, "recorded")).toBe(2);
  });

  test("never falls with the rate", () => {
    const rate = fc.double({ min: 0, max: 12, noNaN: true });
    const share = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, share, (a, b, part) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const earlier = callLatency(profile, { ...size, share: part }, low);
        const later = callLatency(profile, { ...size, share: part }, high);
        expect(later).toBeGreaterThanOrEqual(earlier * (1 - 1e-12));
      }),
    );
  });
});
