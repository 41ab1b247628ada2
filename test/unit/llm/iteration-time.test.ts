import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Demand } from "../../../src/hardware/interference.ts";
import { rateOn } from "../../../src/hardware/share-rate.ts";
import { createIterationTime, type IterationTime } from "../../../src/llm/iteration-time.ts";
import { kvBytesPerToken, weightBytes } from "../../../src/llm/model.ts";
import { ms, us } from "../../../src/units.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";

const cluster = testCluster(2, 8);

function iterationTime(
  options: { tp?: number; share?: number; level?: "domain" | "network" } = {},
): IterationTime {
  const { tp = 1, share = 1, level = "domain" } = options;
  return createIterationTime(testModel, testEngine, { gpu: testGpu, cluster, tp, share, level });
}

const alone = iterationTime();
const chunk = (tokens: number, context = 0) => [{ tokens, context }];

describe("host time", () => {
  test("has a part per iteration and a part per sequence", () => {
    expect(alone.host(0)).toBe(3 * ms);
    expect(alone.host(64)).toBeCloseTo(3 * ms + 640 * us, 12);
  });

  test("does not depend on the hardware", () => {
    expect(iterationTime({ tp: 8, share: 0.5 }).host(10)).toBe(alone.host(10));
  });
});

describe("launches of an iteration with prefill", () => {
  const launchPerLayer = { fixed: 400 * us, perChunk: 200 * us, ofDecodes: 150 * us };
  const hardware = { gpu: testGpu, cluster, tp: 1, share: 1, level: "domain" } as const;
  const eager = createIterationTime(testModel, { ...testEngine, launchPerLayer }, hardware);

  test.each([
    [1, 0, 600],
    [3, 0, 1000],
    [1, 1, 750],
    [2, 64, 950],
  ])("of %d chunks and %d decodes are counted by the layer", (chunks, decodes, perLayer) => {
    expect(eager.launch(chunks, decodes)).toBeCloseTo(testModel.layers * perLayer * us, 12);
  });

  test("take no time where they are captured, and change no GPU work", () => {
    expect(alone.launch(4, 16)).toBe(0);
    expect(eager.mixed(chunk(64), 2, 900)).toBe(alone.mixed(chunk(64), 2, 900));
  });
});

describe("decode", () => {
  test("streams the weights and pays the floors of each layer", () => {
    const embedding = 2 * testModel.vocabulary * testModel.hidden;
    const { matrix, ...kernels } = testGpu.kernels;
    const bandwidth = rateOn(matrix.bandwidth, testGpu.sms);
    const streaming = (weightBytes(testModel, 1) - embedding) / bandwidth;
    const { layerFloor, headFloor } = kernels;
    const floors = testModel.layers * layerFloor + headFloor;
    const { fixed } = alone.decode(1, 0);
    expect(fixed).toBeGreaterThan(streaming + floors);
    expect(fixed).toBeLessThan(1.02 * (streaming + floors));
  });

  test("reads the KV cache of every token of context", () => {
    const { perContextToken } = alone.decode(1, 0);
    const bandwidth = rateOn(testGpu.kernels.kvBandwidth, testGpu.sms);
    expect(perContextToken).toBeCloseTo(kvBytesPerToken(testModel, 1) / bandwidth, 18);
    expect(alone.decode(200, 0).perContextToken).toBe(perContextToken);
  });

  test("is padded", () => {
    expect(alone.decode(9, 0)).toEqual(alone.decode(16, 0));
    expect(alone.decode(17, 0).fixed).toBeGreaterThan(alone.decode(16, 0).fixed);
  });

  test("grows with the batch, much less than in proportion", () => {
    const fixed = testEngine.decodeBatchSizes.map((batch) => alone.decode(batch, 0).fixed);
    expect(fixed).toEqual([...fixed].sort((a, b) => a - b));
    expect(alone.decode(64, 0).fixed).toBeLessThan(2 * alone.decode(1, 0).fixed);
  });

  test("is the affine form of an iteration without chunks", () => {
    const batches = fc.constantFrom(...testEngine.decodeBatchSizes);
    fc.assert(
      fc.property(batches, fc.nat({ max: 1e6 }), (batch, context) => {
        const { fixed, perContextToken } = alone.decode(batch, 0);
        const affine = fixed + perContextToken * context;
        expect(alone.mixed([], batch, context) / affine).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe("prefill", () => {
  test("needs no decodes", () => {
    const time = alone.mixed(chunk(2048), 0, 0);
    const weights = weightBytes(testModel, 1) - 4 * testModel.vocabulary * testModel.hidden;
    const atPeak = (weights * 2048) / testGpu.peakCompute;
    expect(time).toBeGreaterThan(atPeak);
    expect(time).toBeLessThan(2.5 * atPeak);
  });

  test("pays for decodes and their context in the same iteration", () => {
    const time = alone.mixed(chunk(512), 0, 0);
    const withDecodes = alone.mixed(chunk(512), 16, 0);
    expect(withDecodes).toBeGreaterThan(time);
    expect(alone.mixed(chunk(512), 16, 10_000) - withDecodes).toBeCloseTo(
      10_000 * alone.decode(16, 0).perContextToken,
      12,
    );
  });

  test("grows with tokens, context and chunks", () => {
    const tokens = fc.integer({ min: 1, max: 8192 });
    const context = fc.integer({ min: 0, max: 60_000 });
    const more = fc.integer({ min: 1, max: 4096 });
    fc.assert(
      fc.property(tokens, context, more, (t, c, m) => {
        const time = alone.mixed(chunk(t, c), 0, 0);
        expect(alone.mixed(chunk(t + m, c), 0, 0)).toBeGreaterThan(time);
        expect(alone.mixed([...chunk(t, c), ...chunk(m)], 0, 0)).toBeGreaterThan(time);
      }),
    );
    expect(alone.mixed(chunk(512, 32_000), 0, 0)).toBeGreaterThan(alone.mixed(chunk(512), 0, 0));
  });

  test("of a prompt costs more in pieces than at once", () => {
    const pieces = [0, 1, 2, 3].map((index) => alone.mixed(chunk(512, 512 * index), 0, 0));
    const inPieces = pieces.reduce((sum, time) => sum + time, 0);
    expect(inPieces).toBeGreaterThan(alone.mixed(chunk(2048), 0, 0));
  });
});

describe("tensor parallelism", () => {
  test("takes work off each GPU, and less than in proportion", () => {
    for (const [fewer, more] of [
      [1, 2],
      [2, 4],
      [4, 8],
    ] as const) {
      const [slow, fast] = [iterationTime({ tp: fewer }), iterationTime({ tp: more })];
      for (const time of [
        (model: IterationTime) => model.decode(1, 0).fixed,
        (model: IterationTime) => model.mixed(chunk(4096), 0, 0),
      ]) {
        expect(time(fast)).toBeLessThan(time(slow));
        expect(time(fast)).toBeGreaterThan((time(slow) * fewer) / more);
      }
    }
  });

  test("costs more across nodes", () => {
    const inside = iterationTime({ tp: 8 });
    const across = iterationTime({ tp: 8, level: "network" });
    expect(across.decode(8, 0).fixed).toBeGreaterThan(inside.decode(8, 0).fixed);
    expect(across.mixed(chunk(512), 0, 0)).toBeGreaterThan(inside.mixed(chunk(512), 0, 0));
  });

  test("needs heads that divide", () => {
    expect(() => iterationTime({ tp: 3 })).toThrow("test-8b cannot be split over 3 GPUs");
  });
});

describe("a share", () => {
  test("slows decode little and prefill much", () => {
    const quarter = iterationTime({ share: 0.25 });
    const decode = quarter.decode(1, 0).fixed / alone.decode(1, 0).fixed;
    const prefill = quarter.mixed(chunk(4096), 0, 0) / alone.mixed(chunk(4096), 0, 0);
    expect(decode).toBeGreaterThan(1.05);
    expect(decode).toBeLessThan(1.2);
    expect(prefill).toBeGreaterThan(2.5);
    expect(prefill).toBeLessThan(4);
  });

  test("never makes anything slower by growing", () => {
    const shares = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(shares, shares, (a, b) => {
        const small = iterationTime({ share: Math.min(a, b) });
        const large = iterationTime({ share: Math.max(a, b) });
        for (const batch of [1, 64]) {
          expect(large.decode(batch, 0).fixed).toBeLessThanOrEqual(small.decode(batch, 0).fixed);
        }
        expect(large.decode(1, 0).perContextToken).toBeLessThanOrEqual(
          small.decode(1, 0).perContextToken,
        );
        expect(large.mixed(chunk(1000), 8, 9000)).toBeLessThanOrEqual(
          small.mixed(chunk(1000), 8, 9000),
        );
      }),
    );
  });
});

describe("demand", () => {
  const chunkLists = fc.array(
    fc.record({ tokens: fc.integer({ min: 1, max: 4096 }), context: fc.nat({ max: 30_000 }) }),
    { maxLength: 3 },
  );

  test("has parts of the iteration's time, whatever is in it", () => {
    const hardware = fc.record({
      tp: fc.constantFrom(1, 2, 8),
      share: fc.double({ min: 0.05, max: 1, noNaN: true }),
    });
    const decodeCounts = fc.integer({ min: 0, max: 256 });
    fc.assert(
      fc.property(hardware, chunkLists, decodeCounts, fc.nat(4000), (where, chunks, decodes, c) => {
        fc.pre(chunks.length + decodes > 0);
        const { memory, compute, ...rest } = iterationTime(where).demand(chunks, decodes, c);
        for (const part of [memory, compute]) {
          expect(part).toBeGreaterThanOrEqual(0);
          expect(part).toBeLessThanOrEqual(1);
        }
        expect(memory + compute).toBeLessThanOrEqual(1 + 1e-12);
        // Nothing moves bytes faster than the whole GPU does, attention's rate or that of weights.
        const { matrix, kvBandwidth } = testGpu.kernels;
        const fastest = Math.max(1, matrix.bandwidth.limit / kvBandwidth.limit);
        expect(rest.bandwidth).toBeGreaterThan(0);
        expect(rest.bandwidth).toBeLessThanOrEqual(fastest);
        expect(rest.layerTime * testModel.layers).toBeCloseTo(rest.iterationTime, 12);
      }),
    );
  });

  test("is of the time that the iteration takes", () => {
    fc.assert(
      fc.property(chunkLists, fc.integer({ min: 0, max: 256 }), (chunks, decodes) => {
        fc.pre(chunks.length + decodes > 0);
        const context = 100 * decodes;
        const { iterationTime: time } = alone.demand(chunks, decodes, context);
        const { fixed, perContextToken } = alone.decode(decodes, context);
        const expected =
          chunks.length > 0
            ? alone.mixed(chunks, decodes, context)
            : fixed + perContextToken * context;
        expect(time / expected).toBeCloseTo(1, 12);
      }),
    );
  });

  test("of decodes is memory, of a long prompt computing", () => {
    const decode = alone.demand([], 1, 2048);
    const prefill = alone.demand(chunk(4096), 0, 0);
    expect(decode.memory).toBeGreaterThan(0.6);
    expect(decode.compute).toBeLessThan(0.05);
    expect(prefill.compute).toBeGreaterThan(0.85);
    expect(prefill.bandwidth).toBeLessThan(0.4);
    expect([decode.tokens, prefill.tokens]).toEqual([1, 4096]);
    expect(alone.demand(chunk(512), 7, 900).tokens).toBe(519);
  });

  test("is that of the padded batch, as its time is", () => {
    const [nine, sixteen] = [9, 16].map((batch) => alone.demand([], batch, 0));
    expect(nine).toEqual({ ...sixteen, tokens: 9 });
  });

  test("has communication as latency", () => {
    const latencyOf = ({ memory, compute }: Demand) => 1 - memory - compute;
    const [one, eight] = [1, 8].map((tp) => iterationTime({ tp }).demand(chunk(2048), 0, 0));
    expect(latencyOf(eight!)).toBeGreaterThan(2 * latencyOf(one!));
  });
});

describe("an engine whose prefill takes longer than its kernels", () => {
  const hardware = { gpu: testGpu, cluster, tp: 1, share: 1, level: "domain" } as const;
  const slow = createIterationTime(testModel, { ...testEngine, prefillStretch: 1.5 }, hardware);

  test("stretches iterations with prefill, and what they ask by time", () => {
    expect(slow.mixed(chunk(512), 8, 900) / alone.mixed(chunk(512), 8, 900)).toBeCloseTo(1.5, 12);
    const [stretched, plain] = [slow, alone].map((time) => time.demand(chunk(512), 8, 900));
    expect(stretched).toEqual({
      ...plain,
      bandwidth: expect.closeTo(plain!.bandwidth / 1.5, 12),
      layerTime: expect.closeTo(1.5 * plain!.layerTime, 12),
      iterationTime: expect.closeTo(1.5 * plain!.iterationTime, 12),
    });
  });

  test("leaves decodes alone", () => {
    expect(slow.decode(8, 900)).toEqual(alone.decode(8, 900));
    expect(slow.demand([], 8, 900)).toEqual(alone.demand([], 8, 900));
  });
});
