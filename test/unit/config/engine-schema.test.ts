/** Parameters of engines: what a plan may override, and what it must say to get them again. */

import { describe, expect, test } from "vitest";
import { bundledNames } from "../../../src/config/catalog.ts";
import {
  createEngine,
  engineParameters,
  engineSchema,
  overrideEngine,
  writeOverrides,
} from "../../../src/config/engine-schema.ts";
import { loadEngine } from "../../../src/config/load-model.ts";
import { testEngine } from "../fixtures.ts";

/** As a file has them; every parameter differs from those of the test engine. */
const WRITTEN = {
  policy: "sarathi",
  max_num_seqs: 17,
  max_num_batched_tokens: 2049,
  block_size: 32,
  memory_utilization: 0.875,
  watermark: 0.01,
  prefix_cache: false,
  host_per_iteration: "4.25 ms",
  host_per_sequence: "12.5 us",
  launch_per_layer: "0.7 ms",
  launch_per_layer_chunk: "0.2 ms",
  launch_per_layer_decodes: "33 us",
  prefill_stretch: 1.25,
  request_overhead: "1.5 ms",
  response_overhead: "0.9 ms",
  wake_time: "2 ms",
  start_time: "45 s",
  weight_read_rate: "3 GB/s",
  decode_batch_sizes: [1, 3, 9],
};

describe("engine parameters", () => {
  test("are all tried here", () => {
    expect(Object.keys(WRITTEN).sort()).toEqual(Object.keys(engineParameters).sort());
  });

  test("become an engine in base units", () => {
    expect(createEngine("e", engineSchema.parse(WRITTEN))).toMatchObject({
      name: "e",
      launchPerLayer: {
        fixed: expect.closeTo(0.7e-3, 12),
        perChunk: expect.closeTo(0.2e-3, 12),
        ofDecodes: expect.closeTo(33e-6, 12),
      },
      prefillStretch: 1.25,
      requestOverhead: expect.closeTo(1.5e-3, 12),
      responseOverhead: expect.closeTo(0.9e-3, 12),
      wakeTime: expect.closeTo(2e-3, 12),
    });
  });

  test("that need not be given cost nothing", () => {
    const optional = /^(launch|prefill_stretch|request_|response_|wake_)/;
    const given = Object.entries(WRITTEN).filter(([key]) => !optional.test(key));
    expect(createEngine("e", engineSchema.parse(Object.fromEntries(given)))).toMatchObject({
      launchPerLayer: { fixed: 0, perChunk: 0, ofDecodes: 0 },
      prefillStretch: 1,
      requestOverhead: 0,
      responseOverhead: 0,
      wakeTime: 0,
    });
  });

  test.each([
    ["wake_time", 2],
    ["request_overhead", "-1 ms"],
    ["prefill_stretch", 0],
    ["decode_batch_sizes", [2, 1]],
    ["watermark", 0.6],
    ["wake", "1 ms"],
  ])("are refused with %s: %j", (key, value) => {
    expect(engineSchema.safeParse({ ...WRITTEN, [key]: value }).success).toBe(false);
  });
});

describe("overrides of an engine", () => {
  const other = { ...createEngine("e", engineSchema.parse(WRITTEN)), name: testEngine.name };
  const written = writeOverrides(other, testEngine);

  test("say what differs, and give the engine again", () => {
    expect(Object.keys(written).sort()).toEqual(Object.keys(WRITTEN).sort());
    const read = engineSchema.partial().parse(written);
    expect(overrideEngine(testEngine, read)).toEqual(other);
  });

  test("say nothing where nothing differs", () => {
    expect(writeOverrides(testEngine, testEngine)).toEqual({});
    expect(overrideEngine(testEngine, {})).toEqual(testEngine);
    expect(overrideEngine(testEngine, { wake_time: undefined })).toEqual(testEngine);
  });

  test.each(bundledNames("engine"))("lead from the test engine to %s", (name) => {
    const { launchReplicates: _, ...engine } = loadEngine(name);
    const read = engineSchema.partial().parse(writeOverrides(engine, testEngine));
    expect({ ...overrideEngine(testEngine, read), name }).toEqual(engine);
  });

  test("keep the errors of the engine's fit, but not with other launches", () => {
    const engine = loadEngine("torch-bench");
    expect(engine.launchReplicates!.length).toBeGreaterThan(2);
    expect(overrideEngine(engine, { max_num_seqs: 3 })).toEqual({ ...engine, maxNumSeqs: 3 });
    const { launchReplicates, launchPerLayer } = overrideEngine(engine, { launch_per_layer: 0 });
    expect(launchPerLayer).toEqual({ ...engine.launchPerLayer, fixed: 0 });
    expect(launchReplicates).toBeUndefined();
  });
});
