/**
 * The client of a serving benchmark, and the errors over its points.
 */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadSilicon, type SiliconPoint } from "../../../src/config/load-silicon.ts";
import { toSeconds } from "../../../src/engine/ticks.ts";
import { simulate } from "../../../src/experiment/simulate.ts";
import {
  compareWithSilicon,
  selectRows,
  simulatePoint,
} from "../../../src/experiment/validation/silicon.ts";
import { writeFiles } from "../config/errors-of.ts";
import { SILICON_CSV } from "../config/silicon-points.ts";

const points = loadSilicon(join(writeFiles({ "s.csv": SILICON_CSV }), "s.csv"));

/** TTFT and TPOT of one request that is alone. */
function aloneTimes({ deployment, promptTokens, outputTokens }: SiliconPoint) {
  let [ttft, tpot] = [0, 0];
  const call = { kind: "call", llm: 0, role: "", conversation: -1, retainTokens: 0 } as const;
  const edges = { predecessorCount: 0, successors: [] };
  simulate({
    deployment,
    source: (index) => ({
      index,
      hash: "",
      steps: [{ ...call, ...edges, promptTokens, outputTokens }],
    }),
    arrivals: { kind: "closed", users: 1, limit: { executions: 1 } },
    observer: {
      onCallEnd: (_execution, _step, { submitTime, firstTokenTime, endTime }) => {
        ttft = toSeconds(firstTokenTime - submitTime);
        tpot = toSeconds(endTime - firstTokenTime) / (outputTokens - 1);
      },
      onExecutionEnd: () => {},
    },
  });
  return { ttft, tpot };
}

describe("a benchmark's client", () => {
  test("that is alone gets the times of one request", () => {
    const [ttft, tpot] = [simulatePoint(points[0]!).ttft, simulatePoint(points[0]!).tpot];
    expect(ttft).toBeCloseTo(aloneTimes(points[0]!).ttft, 9);
    expect(tpot).toBeCloseTo(aloneTimes(points[0]!).tpot, 9);
  });

  test("waits the longer for its first token the more clients there are", () => {
    const ttfts = [1, 2, 4, 16].map((concurrency) => {
      return simulatePoint({ ...points[0]!, concurrency }).ttft;
    });
    expect(ttfts).toEqual([...ttfts].sort((a, b) => a - b));
    expect(ttfts[3]! / ttfts[0]!).toBeGreaterThan(2);
  });

  test("draws the same lengths each time, and shorter ones where it draws", () => {
    const drawing = points[2]!;
    expect(simulatePoint(drawing)).toEqual(simulatePoint(drawing));
    const exact = simulatePoint({ ...drawing, shortest: 1, concurrency: 1 });
    expect(simulatePoint({ ...drawing, concurrency: 1 }).ttft).toBeLessThan(exact.ttft);
  });
});

describe("a comparison with silicon", () => {
  test("takes even rows, odd rows, or all", () => {
    const rowsOf = (rows: "even" | "odd" | "all") => selectRows(points, rows).map(({ row }) => row);
    expect(rowsOf("even")).toEqual([0, 2]);
    expect(rowsOf("odd")).toEqual([1, 3]);
    expect(rowsOf("all")).toEqual([0, 1, 2, 3]);
  });

  test("is without error where the measurement is the simulation", () => {
    const exact = points.map((point) => ({ ...point, measured: simulatePoint(point) }));
    expect(compareWithSilicon(exact, "all", () => {})).toMatchObject({
      n: 4,
      latency_mape: 0,
      tpot_mape: 0,
      ttft_mape: 0,
    });
  });

  test("is of sizes of relative errors, by group", () => {
    const off = points.map((point) => {
      const { ttft, tpot } = simulatePoint(point);
      const factor = point.row === 0 ? 2 : 0.5;
      return { ...point, measured: { ttft: ttft * factor, tpot: tpot * factor } };
    });
    const done: number[] = [];
    const { groups, ...all } = compareWithSilicon(off, "all", (part) => done.push(part));
    expect(done).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(groups.map(({ backend, tp, precision, n }) => [backend, tp, precision, n])).toEqual([
      ["trtllm", 1, "bf16", 2],
      ["vllm", 4, "fp8", 1],
      ["vllm", 4, "bf16", 1],
    ]);
    // Half of twice is 50 % too low, twice of half 100 % too high.
    for (const name of ["latency_mape", "tpot_mape", "ttft_mape"] as const) {
      expect(groups.map((group) => group[name])).toEqual(
        [0.75, 1, 1].map((e) => expect.closeTo(e)),
      );
      expect(all[name]).toBeCloseTo(0.875);
    }
    const { latency_seconds, ttft_seconds, tpot_seconds } = all.points[1]!.simulated;
    expect(latency_seconds).toBeCloseTo(ttft_seconds + 63 * tpot_seconds, 12);
  });
});
