import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Demand,
  noSlowdown,
  slowdownUnder,
  type TenantLoad,
} from "../../../src/hardware/interference.ts";
import { smsOfShare } from "../../../src/hardware/share-rate.ts";
import { testGpu } from "../fixtures.ts";

const decode: Demand = {
  memory: 0.8,
  compute: 0,
  bandwidth: 0.78,
  tokens: 1,
  layerTime: 190e-6,
  iterationTime: 0.76e-3,
};
const prefill: Demand = {
  memory: 0.03,
  compute: 0.95,
  bandwidth: 0.13,
  tokens: 2048,
  layerTime: 2.3e-3,
  iterationTime: 9.2e-3,
};

function load(demand: Demand | undefined, share = 0.5, duty = 1): TenantLoad {
  return { demand, share, sms: smsOfShare(testGpu.sms, share), duty };
}

const part = fc.integer({ min: 0, max: 16 }).map((steps) => steps / 32);
const demands = fc
  .record({ memory: part, compute: part, bandwidth: part, tokens: fc.nat(4096) })
  .map(({ tokens, ...parts }): Demand => {
    return { ...parts, tokens: tokens + 1, layerTime: 2e-4, iterationTime: 8e-4 };
  });
const tenants = fc
  .record({ demand: fc.option(demands, { nil: undefined }), duty: part })
  .map(({ demand, duty }) => load(demand, 0.125, 2 * duty));

const mps = slowdownUnder("mps");
const sliced = slowdownUnder("time-slicing");

describe("tenants under MPS", () => {
  test("are slowed about as was measured on an H100 at 50 % each", () => {
    const [a, b] = mps(testGpu, [load(decode), load(decode)]);
    expect(a).toBeGreaterThan(1.55);
    expect(a).toBeLessThan(1.75);
    expect(b).toBe(a);
    const [ofDecode, ofPrefill] = mps(testGpu, [load(decode), load(prefill)]);
    expect(ofDecode).toBeGreaterThan(1.2);
    expect(ofDecode).toBeLessThan(1.45);
    expect(ofPrefill).toBeGreaterThan(1.35);
    expect(ofPrefill).toBeLessThan(1.65);
  });

  test("take bandwidth by their SMs", () => {
    const [small, large] = mps(testGpu, [load(decode, 0.25), load(decode, 0.75)]);
    expect(small).toBeGreaterThan(1.25 * large!);
  });

  test("feel nothing alone or beside idle ones, and idle ones feel nothing", () => {
    expect(mps(testGpu, [load(decode)])).toEqual([1]);
    expect(mps(testGpu, [load(undefined), load(decode), load(undefined)])).toEqual([1, 1, 1]);
  });

  test("never gain, whatever the others do, in any order", () => {
    fc.assert(
      fc.property(fc.array(tenants, { minLength: 1, maxLength: 5 }), (loads) => {
        const slowdowns = mps(testGpu, loads);
        for (const slowdown of slowdowns) expect(slowdown).toBeGreaterThanOrEqual(1);
        const backwards = mps(testGpu, [...loads].reverse()).toReversed();
        slowdowns.forEach((slowdown, index) => {
          expect(backwards[index]).toBeCloseTo(slowdown, 9);
        });
      }),
    );
  });

  test("are slowed less by a neighbour that is on the host half of the time", () => {
    const [full] = mps(testGpu, [load(decode), load(decode)]);
    const [half] = mps(testGpu, [load(decode), load(decode, 0.5, 0.5)]);
    expect(half! - 1).toBeGreaterThan(0.3 * (full! - 1));
    expect(half! - 1).toBeLessThan(0.7 * (full! - 1));
  });

  test("wait for one another's kernels as far as their shares overlap", () => {
    const limits = [0.5, 0.6, 0.8, 1];
    const found = limits.map((share) => mps(testGpu, [load(decode, share), load(prefill, share)]));
    const ofDecode = found.map(([slowdown]) => slowdown!);
    expect(ofDecode).toEqual([...ofDecode].sort((a, b) => a - b));
    // A kernel of the decode waits for three quarters of one of the prefill's, 12 times as long.
    const { kernelWait, kernelWaitGrowth } = testGpu.contention;
    const ratio = prefill.layerTime / decode.layerTime;
    expect(ofDecode.at(-1)).toBeCloseTo(1 + kernelWait * ratio ** (1 - kernelWaitGrowth), 9);
  });
});

describe("tenants that take turns", () => {
  const { timeSlice, contextSwitch } = testGpu.contention;

  test("wait for a slice of the other and two switches at each turn", () => {
    const [short, long] = sliced(testGpu, [load(decode, 1), load(prefill, 1)]);
    const slices = Math.ceil(prefill.iterationTime / timeSlice);
    const slice = prefill.iterationTime / slices;
    const waited = slice + 2 * contextSwitch;
    expect(short).toBeCloseTo(1 + waited / decode.iterationTime, 12);
    const each = decode.iterationTime + 2 * contextSwitch;
    expect(long).toBeCloseTo(1 + (slices * each) / prefill.iterationTime, 12);
  });

  test("feel nothing beside idle ones", () => {
    expect(sliced(testGpu, [load(decode, 1), load(undefined, 1)])).toEqual([1, 1]);
  });
});

test("noSlowdown leaves tenants alone", () => {
  expect(noSlowdown(testGpu, [load(decode), load(decode)])).toEqual([1, 1]);
});
