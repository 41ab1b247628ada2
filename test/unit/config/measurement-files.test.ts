/** Files of measurements: what they hold, and where they are wrong. */

import { describe, expect, test } from "vitest";
import { loadGpuType } from "../../../src/config/load-cluster.ts";
import { loadCoLocations } from "../../../src/config/load-colocation.ts";
import { loadShares } from "../../../src/config/load-shares.ts";
import { loadSolo } from "../../../src/config/load-solo.ts";
import { ms, us } from "../../../src/units.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const gpu = loadGpuType("H100");

const SOLO = [
  "model,tp,share,sms,kind,batch,q_tokens,context,layer_us,head_us",
  "llama-3.1-8b,2,0.5,66,decode,8,1,1024,120.5,210",
  "llama-3.2-1b,1,1.0,132,prefill,1,512,0,145,225",
].join("\n");

const COLOCATE = [
  "shares,a,b,side,share,iter_us,solo_us,slowdown",
  "25/75,8b-decode-32x2048,1b-prefill-512,b,75,1,1,1.5",
  "25/25/25/25,8b-decode-1x2048,8b-decode-1x2048,3,25,1,1,2.9",
  "time-sliced,8b-decode-1x2048,8b-prefill-512,a,,1,1,3.3",
].join("\n");

const SHARES = [
  "model,tp,mps_pct,batch,seqlen,prefill_ms,decode_ms",
  "llama-7b,1,30,2,64,27.1,15.9",
  "llama-7b,1,100,2,64,-1.0,9.8",
].join("\n");

const file = (text: string) => `${writeFiles({ "m.csv": text })}/m.csv`;

describe("iterations measured alone", () => {
  test("are read in seconds", () => {
    const [decode, prefill] = loadSolo(file(SOLO));
    expect(decode).toMatchObject({ tp: 2, share: 0.5, sms: 66, kind: "decode", batch: 8 });
    expect(decode).toMatchObject({ context: 1024, layerTime: 120.5 * us, headTime: 210 * us });
    expect(prefill!.model.name).toBe("llama-3.2-1b");
    expect(prefill).toMatchObject({ kind: "prefill", queryTokens: 512, context: 0 });
  });

  test.each([
    ["kind", "prefill,1,512", "prefil,1,512", /m\.csv:3:24 kind: expected decode or prefill/],
    ["model", "llama-3.2-1b", "llama-9-1b", /m\.csv:3:1 unknown model "llama-9-1b"/],
    ["TP degree", "8b,2,", "8b,3,", /m\.csv:2:14 tp: llama-3.1-8b cannot be split over 3/],
    ["time", "120.5", "0", /m\.csv:2:39 layer_us: expected a number above 0, got "0"/],
    ["other time", "225", "-225", /m\.csv:3:44 head_us: expected a number above 0, got "-225"/],
    ["batch", "decode,8,", "decode,0,", /m\.csv:2:30 batch: expected a whole number above 0/],
    ["context", "1024", "-1", /m\.csv:2:34 context: expected a whole number, 0 or more/],
    ["SM count", ",66,", ",66.5,", /m\.csv:2:20 sms: expected a whole number above 0, got "66.5"/],
    ["column", "layer_us", "layer", /m\.csv:1 the column layer_us is missing/],
  ])("are refused with a wrong %s", (_, right, wrong, message) => {
    expect(errorsOf(() => loadSolo(file(SOLO.replace(right, wrong))))[0]).toMatch(message);
  });
});

describe("slowdowns of co-located loads", () => {
  const rows = loadCoLocations(file(COLOCATE), gpu);

  test("have the loads of all tenants", () => {
    expect(rows.map(({ mode, tenant, loads }) => [mode, tenant, loads.length])).toEqual([
      ["mps", 1, 2],
      ["mps", 3, 4],
      ["time-slicing", 0, 2],
    ]);
    expect(rows[0]).toMatchObject({ load: "1b-prefill-512", neighbours: ["8b-decode-32x2048"] });
    expect(rows[0]!.loads.map(({ sms, share }) => [sms, share])).toEqual([
      [32, 0.25],
      [98, 0.75],
    ]);
    expect(rows[2]!.loads.map(({ sms }) => sms)).toEqual([132, 132]);
  });

  test("know what each load asks of the GPU", () => {
    const [decode, prefill] = rows[0]!.loads.map(({ demand }) => demand!);
    expect(decode!.memory).toBeGreaterThan(0.7);
    expect(prefill!.compute).toBeGreaterThan(0.6);
    for (const { memory, compute } of [decode!, prefill!]) {
      expect(memory + compute).toBeLessThanOrEqual(1);
    }
  });

  test.each([
    ["shares", "25/75", "25/175", /m\.csv:2:1 shares: expected percentages such as 50\/50/],
    ["side", ",b,75", ",c,75", /m\.csv:2:40 side: expected a, b or the number of a tenant/],
    ["empty side", ",b,75", ",,75", /m\.csv:2:40 side: .* the number of a tenant, got ""/],
    ["side of two", ",b,75", ",ab,75", /m\.csv:2:40 side: .* the number of a tenant, got "ab"/],
    ["tenant", ",3,25", ",4,25", /m\.csv:3:\d+ side: .* the number of a tenant, got "4"/],
    ["one share", "25/75", "25", /m\.csv:2:1 shares: expected percentages .* got "25"/],
    ["share of none", "25/75", "0/75", /m\.csv:2:1 shares: expected percentages .* got "0\/75"/],
    ["batch of none", "decode-32x", "decode-0x", /m\.csv:2:7 expected a load such as/],
    ["empty prompt", "prefill-512", "prefill-0", /m\.csv:2:25 expected a load such as/],
    ["load", "1b-prefill-512", "1b-512", /m\.csv:2:25 expected a load such as 8b-decode-32x2048/],
    ["model", "1b-prefill", "5b-prefill", /m\.csv:2:25 unknown model "5b"/],
    ["slowdown", "2.9", "-2.9", /m\.csv:3:\d+ slowdown: expected a number above 0/],
  ])("are refused with a wrong %s", (_, right, wrong, message) => {
    const text = COLOCATE.replace(right, wrong);
    expect(errorsOf(() => loadCoLocations(file(text), gpu))[0]).toMatch(message);
  });
});

describe("times at shares", () => {
  test("are read in seconds, without those that were not measured", () => {
    const [part, whole] = loadShares(file(SHARES));
    expect(part).toMatchObject({ share: 0.3, batch: 2, promptTokens: 64, decodeTime: 15.9 * ms });
    expect(whole).toMatchObject({ share: 1, prefillTime: undefined, decodeTime: 9.8 * ms });
  });

  test.each([
    ["percentage", ",30,", ",130,", /m\.csv:2:12 mps_pct: expected a percentage above 0, at most/],
    [
      "time",
      "27.1",
      "-2",
      /m\.csv:2:20 prefill_ms: .*, or -1 where nothing was measured, got "-2"/,
    ],
    ["time of none", "15.9", "0", /m\.csv:2:25 decode_ms: expected a number above 0, or -1/],
    ["batch", "30,2,", "30,1.5,", /m\.csv:2:15 batch: expected a whole number above 0, got "1.5"/],
    ["TP degree", "7b,1,30", "7b,3,30", /m\.csv:2:10 tp: llama-7b cannot be split over 3 GPUs/],
    ["model", "llama-7b", "llama-9b", /m\.csv:2:1 unknown model "llama-9b"/],
    ["column", "seqlen", "length", /m\.csv:1 the column seqlen is missing/],
  ])("are refused with a wrong %s", (_, right, wrong, message) => {
    expect(errorsOf(() => loadShares(file(SHARES.replace(right, wrong))))[0]).toMatch(message);
  });
});
