import { expect, test } from "vitest";
import { loadCluster, loadGpuType } from "../../../src/config/load-cluster.ts";
import { loadEngine, loadModel } from "../../../src/config/load-model.ts";
import { createIterationTime } from "../../../src/llm/iteration-time.ts";
import { readSoloMeasurements, type SoloRow } from "../config/solo-measurements.ts";

const cluster = loadCluster("1x8xH100");
// One shard was measured, without communication.
const free = { latency: 0, perByte: 0 };
const gpu = { ...loadGpuType("H100"), allReduce: new Map([2, 4, 8].map((tp) => [tp, free])) };
// Batches were measured as they are, not padded.
const engine = { ...loadEngine("vllm-0.19"), decodeBatchSizes: [] };
const rows = readSoloMeasurements();

test("there is a row for every measured combination", () => {
  expect(rows.length).toBe(2618);
});

test("decode iterations on a whole GPU are predicted within 8 %", () => {
  const decodes = rows.filter(({ kind, share }) => kind === "decode" && share === 1);
  expect(meanError(decodes)).toBeLessThan(0.08);
});

test("all iterations, at all shares and TP degrees, are predicted within 15 %", () => {
  expect(meanError(rows)).toBeLessThan(0.15);
});

test("prediction errors of no kind and share exceed 30 %", () => {
  const names = new Set(rows.map(groupName));
  for (const name of names) {
    expect(meanError(rows.filter((row) => groupName(row) === name)), name).toBeLessThan(0.3);
  }
});

function meanError(group: readonly SoloRow[]): number {
  const errors = group.map((row) => {
    const measured = loadModel(row.model).layers * row.layerTime + row.headTime;
    return Math.abs(predict(row) - measured) / measured;
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

function predict({ model, tp, sms, kind, batch, queryTokens, context }: SoloRow): number {
  const time = createIterationTime(loadModel(model), engine, {
    gpu,
    cluster,
    tp,
    level: "domain",
    share: sms / 132,
  });
  if (kind === "prefill") return time.mixed([{ tokens: queryTokens, context }], 0, 0);
  const { fixed, perContextToken } = time.decode(batch, 0);
  return fixed + perContextToken * batch * context;
}

function groupName({ kind, sms }: SoloRow): string {
  return `${kind} on ${sms} SMs`;
}
