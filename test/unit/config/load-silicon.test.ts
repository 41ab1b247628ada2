/**
 * Serving points: what each row becomes, and what is wrong with a row at its place.
 */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadSilicon } from "../../../src/config/load-silicon.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";
import { SILICON_CSV, SILICON_HEADER, SILICON_ROWS } from "./silicon-points.ts";

const read = (text: string) => loadSilicon(join(writeFiles({ "s.csv": text }), "s.csv"));

/** A file of one row, the first of the made-up ones with a replacement. */
const rowWith = (from: string, to: string) => {
  const row = SILICON_ROWS[0].replace(from, to);
  if (row === SILICON_ROWS[0]) throw new Error(`no ${from}`);
  return `${SILICON_HEADER}\n${row}\n`;
};

describe("a file of serving points", () => {
  test("becomes deployments of one replica", () => {
    const points = read(SILICON_CSV);
    expect(points.map(({ row }) => row)).toEqual([0, 1, 2, 3]);
    expect(points[1]).toMatchObject({
      system: "h100_sxm",
      model: "meta-llama/Llama-3.1-8B-Instruct",
      backend: "trtllm",
      precision: "bf16",
      tp: 1,
      promptTokens: 1024,
      outputTokens: 64,
      concurrency: 4,
      measured: { ttft: 0.09, tpot: 0.0085 },
    });
    const engines = points.map(({ deployment }) => deployment.llms[0]!.engine.name);
    expect(engines).toEqual(["trtllm-1.0", "trtllm-1.0", "vllm-0.12", "vllm-0.12"]);
    const [instance] = points[3]!.deployment.llms[0]!.instances;
    expect(instance!.gpus.map(({ id, type }) => [id, type.name])).toEqual(
      [0, 1, 2, 3].map((gpu) => [`node0/gpu${gpu}`, "h100-sxm"]),
    );
  });

  test("has fp8 weights where it says so", () => {
    const [model] = read(SILICON_CSV)[2]!.deployment.llms.map((llm) => llm.model);
    expect(model).toMatchObject({ name: "llama-3.1-70b", weightType: "fp8" });
    const bf16 = weightBytes({ ...model!, weightType: "bf16" }, 4);
    expect(weightBytes(model!, 4) / bf16).toBeLessThan(0.52);
    expect(read(rowWith("rc3,,,", "rc3,fp8,,"))[0]!.precision).toBe("fp8");
    expect(read(rowWith("rc3,,,", "rc3,,fp8_block,"))[0]!.precision).toBe("fp8");
  });

  test("draws lengths where no version is said", () => {
    expect(read(SILICON_CSV).map(({ shortest }) => shortest)).toEqual([1, 1, 0.8, 1]);
  });

  test.each([
    ["h100_sxm", "h1000_sxm", /^s\.csv:2:1 unknown GPU "h1000_sxm" \(/],
    ["Llama-3.1-8B-", "Llama-3.1-9B-", /^s\.csv:2:10 unknown model "meta-llama\/Llama-3.1-9B-/],
    ["trtllm", "sglang", /^s\.csv:2:50 no engine for the backend "sglang" 1\.0\.0rc3 \(known eng/],
    ["trtllm,1.0.0rc3", "sglang,", /^s\.csv:2:43 no engine for the backend "sglang" \(known eng/],
    ["1.0.0rc3", "7.1", /^s\.csv:2:50 no engine for the backend "trtllm" 7\.1 \(known engines: /],
    ["rc3,,,", "rc3,int4,,", /^s\.csv:2:59 precision: expected one of bf16, .* got "int4"$/],
    ["rc3,,,", "rc3,,nvfp4,", /^s\.csv:2:60 gemm_quant_mode: expected one of .* got "nvfp4"$/],
    [",1,1024", ",3,1024", /^s\.csv:2:61 tp_size: llama-3\.1-8b cannot be split over 3 GPUs$/],
    [",1,1024", ",x,1024", /^s\.csv:2:61 tp_size: expected a whole number, 1 or more, got "x"$/],
    [",64,1,", ",1,1,", /^s\.csv:2:68 osl: expected a whole number, 2 or more, got "1"$/],
    [",40,8", ",40,0", /^s\.csv:2:76 silicon_tpot_ms: expected a number above 0, got "0"$/],
    [",1024,", ",131072,", /^s\.csv:2:63 isl and osl are 131136 tokens, and at most 131072 fit$/],
    ["Llama-3.1-8B-Instruct", "Llama-3.1-70B", /^s\.csv:2:53 node0\/gpu0: its tenants need .* GB/],
    [",8", "", /^s\.csv:2 11 values, and 12 columns in the first line$/],
  ])("with %j as %j is refused at the place", (from, to, message) => {
    expect(errorsOf(() => read(rowWith(from, to)))).toEqual([expect.stringMatching(message)]);
  });

  test("without a column is refused", () => {
    const text = SILICON_CSV.replace("tp_size", "tp");
    expect(errorsOf(() => read(text))[0]).toMatch(/^s\.csv:1 the column tp_size is missing/);
  });
});
