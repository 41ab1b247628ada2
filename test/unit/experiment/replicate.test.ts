/**
 * How many replications are run, on made-up ones whose latencies are drawn.
 */

import { randomNormal } from "d3-random";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { MOST_FOR_PRECISION, replicateUntil } from "../../../src/experiment/replicate.ts";
import { relativeHalfWidth } from "../../../src/experiment/replicated-summary.ts";

const STEADY = { arrived: 100, completed: 100, inFlight: [], isShort: false, isStable: true };
const OVERLOADED = { ...STEADY, completed: 50, isStable: false };

/** Replications with means around 100, which deviate by `deviation`, and the numbers asked for. */
async function replicated(
  count: { replications: number; precision?: number },
  deviation: number,
  { stability = STEADY, seed = 1 } = {},
) {
  const normal = randomNormal.source(randomStream(seed, "replicated"))(100, deviation);
  const one = () => ({ simulated: { latency_seconds: { mean: normal() } }, stability });
  const asked: number[] = [];
  const all = await replicateUntil(one(), count, async (index) => {
    asked.push(index);
    return one();
  });
  return { all, asked };
}

describe("replicateUntil", () => {
  test("runs what is missing of the number asked for, each once", async () => {
    expect((await replicated({ replications: 1 }, 5)).asked).toEqual([]);
    expect((await replicated({ replications: 4 }, 5)).asked).toEqual([1, 2, 3]);
  });

  test("runs ten, or what is asked for, where that is precise enough", async () => {
    expect((await replicated({ replications: 1, precision: 0.05 }, 1)).all).toHaveLength(10);
    expect((await replicated({ replications: 12, precision: 0.05 }, 1)).all).toHaveLength(12);
  });

  test("goes on until the interval is narrow enough, and not much further", async () => {
    const { all, asked } = await replicated({ replications: 1, precision: 0.05 }, 20);
    expect(asked).toEqual(asked.map((_, index) => index + 1));
    expect(relativeHalfWidth(all)).toBeLessThanOrEqual(0.05);
    // (1.96 · 20 / 5)² = 61.
    expect(all.length).toBeGreaterThan(40);
    expect(all.length).toBeLessThan(90);
  });

  test("stops at a bound, and where there is no steady state", async () => {
    const { all } = await replicated({ replications: 1, precision: 0.001 }, 20);
    expect(all).toHaveLength(MOST_FOR_PRECISION);
    expect(relativeHalfWidth(all)).toBeGreaterThan(0.001);
    const overloaded = { stability: OVERLOADED };
    const stopped = await replicated({ replications: 1, precision: 0.001 }, 20, overloaded);
    expect(stopped.all).toHaveLength(10);
  });

  test("leaves an interval that holds the mean about as often as it says", async () => {
    let holds = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const { all } = await replicated({ replications: 1, precision: 0.05 }, 20, { seed });
      const means = all.map(({ simulated }) => simulated.latency_seconds.mean);
      const mean = means.reduce((sum, each) => sum + each, 0) / means.length;
      if (Math.abs(mean - 100) <= relativeHalfWidth(all)! * mean) holds++;
    }
    expect(holds).toBeGreaterThanOrEqual(930);
    expect(holds).toBeLessThanOrEqual(970);
  });
});
