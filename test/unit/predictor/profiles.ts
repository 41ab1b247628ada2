/**
 * Hand-made profiles of LLMs: curves with the right shape and round figures.
 */

import {
  HIGHEST_LOAD,
  type LlmProfile,
  type ReplicaSize,
  type SizeProfile,
} from "../../../src/llm/profile-table.ts";
import { testGpu } from "../fixtures.ts";

const LOADS = [0.02, 0.25, 0.45, 0.65, 0.8, HIGHEST_LOAD];

/** A replica that does nothing but decode, at a memory bandwidth of 0.8 of the GPU's. */
const use = (busy: number) => ({
  busy,
  duty: 0.8,
  work: 1,
  demand: {
    memory: 0.9,
    compute: 0.05,
    bandwidth: 0.8,
    tokens: 32,
    layerTime: 250e-6,
    iterationTime: 8e-3,
  },
});

/** One replica of a size: calls take `latency / (1 − load)`, all of it decode. */
export function sizeProfile(
  size: ReplicaSize,
  maxCallRate: number,
  latencyAt: (load: number) => number,
  loads: readonly number[] = LOADS,
): SizeProfile {
  return {
    ...size,
    replicas: 1,
    maxCallRate,
    kvTokens: 1e9,
    points: loads.map((load) => ({
      callRate: load * maxCallRate,
      firstToken: 0,
      decode: latencyAt(load),
      union: latencyAt(load),
      use: { prefill: use(0), decode: use(load) },
    })),
  };
}

/**
 * An LLM that is 1.7 times as fast at every doubling of its TP degree, and half as on half a GPU.
 */
export function scalingProfile(
  maxCallRate: number,
  latency: number,
  degrees: readonly number[] = [1, 2, 4, 8],
): LlmProfile {
  const sizes = degrees.flatMap((tp) =>
    [0.125, 0.25, 0.5, 1].map((share) => {
      const speed = share * 1.7 ** Math.log2(tp);
      const size = { gpu: testGpu.name, tp, share };
      return sizeProfile(size, speed * maxCallRate, (load) => latency / speed / (1 - load));
    }),
  );
  return { sizes };
}

/** An LLM whose calls take `latency` on one GPU at any rate. */
export function flatProfile(latency: number, maxCallRate = 1e9): LlmProfile {
  const size = { gpu: testGpu.name, tp: 1, share: 1 };
  return { sizes: [sizeProfile(size, maxCallRate, () => latency, [0, HIGHEST_LOAD])] };
}
