/**
 * Hand-made profiles of LLMs: curves with the right shape and round figures.
 */

import { HIGHEST_LOAD, type LlmProfile, type TpProfile } from "../../../src/llm/profile-table.ts";

/** Half the compute at half of the SMs, as decode without a bandwidth limit would have it. */
const STRETCH = { x: [0.125, 0.25, 0.5, 1], y: [8, 4, 2, 1] };

const LOADS = [0.02, 0.25, 0.45, 0.65, 0.8, HIGHEST_LOAD];

/** One TP degree: latency doubles from an empty replica to one at half of its peak. */
function tpProfile(tp: number, maxCallRate: number, latency: number): TpProfile {
  return {
    tp,
    maxCallRate,
    callRates: LOADS.map((load) => load * maxCallRate),
    latencies: LOADS.map((load) => latency / (1 - load)),
    stretchOfShare: STRETCH,
  };
}

/** An LLM that is 1.7 times as fast at every doubling of its TP degree. */
export function scalingProfile(
  maxCallRate: number,
  latency: number,
  degrees: readonly number[] = [1, 2, 4, 8],
): LlmProfile {
  const byTp = new Map<number, TpProfile>();
  for (const tp of degrees) {
    const speedup = 1.7 ** Math.log2(tp);
    byTp.set(tp, tpProfile(tp, speedup * maxCallRate, latency / speedup));
  }
  return { byTp };
}

/** An LLM whose calls take `latency` on one GPU at any rate. */
export function flatProfile(latency: number, maxCallRate = 1e9): LlmProfile {
  const stretchOfShare = { x: [0.125, 1], y: [1, 1] };
  const callRates = [0, HIGHEST_LOAD * maxCallRate];
  const latencies = [latency, latency];
  return {
    byTp: new Map([[1, { tp: 1, maxCallRate, callRates, latencies, stretchOfShare }]]),
  };
}
