import { expect, test } from "vitest";
import { formatManifest, isManifest } from "../../../src/records/manifest.ts";

const MANIFEST = {
  version: "0.1.0",
  command: ["run", "--workload", "swe-agent"],
  seeds: [1, 2],
  inputHashes: { "workloads/b.yaml": "ff00", "clusters/a.yaml": "00ff" },
  wallTimes: { plan: 0.5, simulate: 3.25 },
  startedAt: "2026-01-02T03:04:05.000Z",
  nodeVersion: "v20.20.2",
};

test("a manifest is JSON with inputs in order of name", () => {
  const text = formatManifest(MANIFEST);
  expect(JSON.parse(text)).toEqual({
    schema_version: 1,
    producer: "sim",
    version: "0.1.0",
    command: ["run", "--workload", "swe-agent"],
    seeds: [1, 2],
    input_sha256: { "clusters/a.yaml": "00ff", "workloads/b.yaml": "ff00" },
    wall_seconds: { plan: 0.5, simulate: 3.25 },
    started_at: "2026-01-02T03:04:05.000Z",
    node_version: "v20.20.2",
  });
  expect(text.indexOf("clusters/a.yaml")).toBeLessThan(text.indexOf("workloads/b.yaml"));
  expect(text.endsWith("}\n")).toBe(true);
});

test("only our manifests are recognised", () => {
  expect(isManifest(formatManifest(MANIFEST))).toBe(true);
  for (const text of ["", "null", "3", "[]", "{}", '{"producer":"other"}', '{"producer":"sim"']) {
    expect(isManifest(text)).toBe(false);
  }
});
