/** Files of measured profiles: their content, what is wrong with them, saved ones. */

import { describe, expect, test } from "vitest";
import { formatProfiles } from "../../../src/config/format-profiles.ts";
import { loadCluster } from "../../../src/config/load-cluster.ts";
import { loadProfiles } from "../../../src/config/load-profiles.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import { testEngine, testModel } from "../fixtures.ts";
import { sizeProfile } from "../predictor/profiles.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const LEAST = [
  "llm,gpu,tp,share,calls_per_second_max,calls_per_second,ttft_seconds,decode_seconds",
  "a,H100,1,1,24,0.5,0.041,1.62",
  "a,H100,1,1,24,12,0.06,2.5",
  "a,H100,1,0.5,13,1,0.05,1.7",
  "b,h100-sxm,2,1,30,1,0.03,0.9",
].join("\n");

const [a, b, both] = ["a", "b", "a+b"].map((name): PlannedLlm => {
  return { name, model: testModel, engine: testEngine };
});
const cluster = loadCluster("1x2xH100");

function load(text: string, llms = [a!, b!]) {
  const path = `${writeFiles({ "p.csv": text })}/p.csv`;
  return loadProfiles(path, { cluster, llms, otherLlms: [both!], inputs: new Map() });
}

describe("measured profiles", () => {
  test("need a few columns only, and make nothing up", () => {
    const { llms } = load(LEAST);
    const [whole, half] = llms.get("a")!;
    expect(whole).toMatchObject({ gpu: "h100-sxm", tp: 1, share: 1, replicas: 1, maxCallRate: 24 });
    expect(whole!.kvTokens).toBeUndefined();
    expect(whole!.points).toEqual([
      { callRate: 0.5, firstToken: 0.041, decode: 1.62, union: undefined, use: undefined },
      { callRate: 12, firstToken: 0.06, decode: 2.5, union: undefined, use: undefined },
    ]);
    expect(whole!.openLoop).toEqual({ recorded: [NaN, NaN], poisson: [NaN, NaN] });
    expect(half).toMatchObject({ share: 0.5, maxCallRate: 13 });
    expect(llms.get("b")).toHaveLength(1);
  });

  test("may be of LLMs and GPUs that are not asked for, and of LLMs that may be shared", () => {
    const more = "a,A100,1,1,9,1,0.1,3\nother,H100,1,1,9,1,0.1,3\na+b,H100,1,1,9,1,0.1,3";
    const { llms } = load(`${LEAST}\n${more}`);
    expect([...llms.keys()]).toEqual(["a", "b", "a+b"]);
    expect(llms.get("a")).toHaveLength(2);
  });

  test("keep the order of loads where rates scatter, or fall past saturation", () => {
    const rows = ["c,H100,1,1,9,8,0.1,3", "c,H100,1,1,9,7.9,0.1,2.9", "c,H100,1,1,9,6,0.1,30"];
    const { llms } = load([LEAST.split("\n")[0], ...rows].join("\n"), [{ ...a!, name: "c" }]);
    expect(llms.get("c")![0]!.points.map(({ callRate }) => callRate)).toEqual([8, 7.9, 6]);
  });

  test.each([
    ["column", "ttft_seconds", "ttft", /^p\.csv:1:56 unknown column "ttft" \(did you mean ttft_s/],
    ["file without a column", ",ttft_seconds", "", /^p\.csv:1 the column ttft_seconds is missing/],
    ["GPU", "b,h100-sxm", "b,h1000-sxm", /^p\.csv:5:3 unknown GPU "h1000-sxm"/],
    ["TP degree", "sxm,2", "sxm,3", /^p\.csv:5:12 tp: test-8b cannot be split over 3 GPUs/],
    ["share", ",0.5,13", ",50,13", /^p\.csv:4:10 share: expected a part of each GPU, above 0/],
    ["time", "0.041", "41 ms", /^p\.csv:2:19 ttft_seconds: expected a number above 0, got "41 ms"/],
    ["empty value", "0.041", "", /^p\.csv:2:19 ttft_seconds: expected a number above 0, got ""/],
    ["saturation", ",24,12", ",25,12", /^p\.csv:3:12 calls_per_second_max .* in line 2 \(rows of/],
    ["lowest rate", "13,1,", "13,14,", /^p\.csv:4:17 calls_per_second: no row .* is below/],
    ["order", "24,0.5,0.041,1.62", "24,20,0.1,6", /^p\.csv:3:15 calls_per_second is below that of/],
    ["row", ",1.62", "", /^p\.csv:2 7 values, and 8 columns in the first line/],
    ["LLM", "b,h100", "bb,h100", /^p\.csv there are no rows of b \(is bb meant to be it\?\)/],
    [
      "GPU for an LLM",
      "b,h100-sxm",
      "b,A100",
      /^p\.csv there are no rows of b on GPUs of 1x2xH100/,
    ],
  ])("are refused with a wrong %s", (_, right, wrong, message) => {
    expect(errorsOf(() => load(LEAST.replace(right, wrong)))[0]).toMatch(message);
  });

  test("know one replica on parts of GPUs, and collectives that the GPU has", () => {
    const header = "replicas,llm,gpu,tp,share,calls_per_second_max,calls_per_second,";
    const file = (row: string) => `${header}ttft_seconds,decode_seconds\n${row},9,1,0.1,3`;
    const wide = { ...a!, model: { ...testModel, heads: 128, kvHeads: 128 } };
    expect(errorsOf(() => load(file("2,a,H100,1,0.5"), [a!]))[0]).toMatch(
      /^p\.csv:2:1 replicas: on parts of GPUs one is profiled/,
    );
    expect(errorsOf(() => load(file("1,a,H100,64,1"), [wide]))[0]).toMatch(
      /^p\.csv:2:10 tp: h100-sxm has no times of collectives over 64 GPUs/,
    );
  });
});

describe("saved profiles", () => {
  const size = { gpu: "h100-sxm", tp: 1, share: 1 };
  const openLoop = { recorded: [1 / 3, 2, NaN], poisson: [1, 2, 3] };
  const shown = (share: number) => {
    const { points, ...rest } = sizeProfile(
      { ...size, share },
      10 / 3,
      (load) => 1 / (1 - load),
      [0.01, 0.3, 0.9],
    );
    return { ...rest, points: points.map((point) => ({ ...point, firstToken: 0.1 + 1e-17 })) };
  };
  const sizes = [{ ...shown(1), openLoop }, shown(0.125)];

  test("are read back to the last digit", () => {
    const { llms } = load(formatProfiles([{ name: "a", profile: { sizes } }]), [a!]);
    const nothing = [NaN, NaN, NaN];
    const [whole, part] = sizes;
    expect(llms.get("a")).toEqual([
      whole,
      { ...part, openLoop: { recorded: nothing, poisson: nothing } },
    ]);
  });

  test("leave out what replicas ask of their GPUs where it is not known", () => {
    const points = sizes[0]!.points.map(({ use: _, ...point }) => point);
    const text = formatProfiles([{ name: "a", profile: { sizes: [{ ...sizes[0]!, points }] } }]);
    expect(text).not.toContain("busy");
    expect(load(text, [a!]).llms.get("a")![0]!.points[0]!.use).toBeUndefined();
  });

  test("say it of every row or of none", () => {
    const lines = formatProfiles([{ name: "a", profile: { sizes } }]).split("\n");
    const cut = lines.with(2, lines[2]!.replace(/,[^,]*$/, ","));
    expect(errorsOf(() => load(cut.join("\n"), [a!]))[0]).toMatch(
      /^p\.csv:3:\d+ decode_iteration_seconds is not given here \(give all of prefill_busy to/,
    );
  });

  test("have names without commas", () => {
    const profile = { sizes };
    expect(errorsOf(() => formatProfiles([{ name: "a,b", profile }]))[0]).toMatch(
      /profiles of an LLM named "a,b" cannot be saved/,
    );
  });
});
