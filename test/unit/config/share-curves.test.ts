import { expect, test } from "vitest";
import { loadGpuType } from "../../../src/config/load-cluster.ts";
import { readSoloMeasurements, type SoloRow } from "./solo-measurements.ts";

const SMS = 132;
const rows = readSoloMeasurements();

test("the H100's compute curve is the median of long prefills at each share", () => {
  const measured = curveOf((row) => row.kind === "prefill" && row.queryTokens >= 1024);
  expect(loadGpuType("H100").computeOfShare).toEqual(measured);
});

test("the H100's bandwidth curve is the median of small decodes, not above 1", () => {
  const measured = curveOf((row) => row.kind === "decode" && row.batch <= 32);
  expect(loadGpuType("H100").bandwidthOfShare).toEqual(measured);
});

test("H200, B200 and L40S take over the H100's curves", () => {
  const { computeOfShare, bandwidthOfShare } = loadGpuType("H100");
  for (const name of ["H200", "B200", "L40S"]) {
    expect(loadGpuType(name)).toMatchObject({ computeOfShare, bandwidthOfShare });
  }
});

test("the A100's curves are MuxServe's fits", () => {
  const { computeOfShare, bandwidthOfShare } = loadGpuType("A100");
  const shares = [8, 16, 32, 50, 66, 98, 132].map((sms) => sms / SMS);
  expect(computeOfShare.y).toEqual(shares.map((p) => round(1 / (0.56 + 0.44 * p ** -1.3))));
  expect(bandwidthOfShare.y).toEqual(
    shares.map((p) => round((1 - Math.exp(-p / 0.25)) / (1 - Math.exp(-4)))),
  );
});

/** Median of layer time at the whole GPU / at a share, over the rows that `isUsed` takes. */
function curveOf(isUsed: (row: SoloRow) => boolean): { x: number[]; y: number[] } {
  const whole = new Map(rows.filter((row) => row.share === 1).map((row) => [key(row), row]));
  const ratios = new Map<number, number[]>();
  for (const row of rows.filter(isUsed)) {
    const kept = whole.get(key(row))!.layerTime / row.layerTime;
    ratios.set(row.sms, [...(ratios.get(row.sms) ?? []), kept]);
  }
  const sorted = [...ratios].sort(([a], [b]) => a - b);
  return {
    x: sorted.map(([sms]) => round(sms / SMS)),
    y: sorted.map(([, values]) => round(Math.min(1, median(values)))),
  };
}

function key({ model, tp, kind, batch, queryTokens, context }: SoloRow): string {
  return [model, tp, kind, batch, queryTokens, context].join();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? (sorted[middle - 1]! + sorted[middle]!) / 2
    : sorted[Math.floor(middle)]!;
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
