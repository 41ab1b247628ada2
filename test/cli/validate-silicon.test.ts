/**
 * `sim validate silicon`: its table and document, and what is wrong with a file at its place.
 * The measured points are not part of the project: without them only made-up ones are compared.
 */

import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { SILICON_CSV } from "../unit/config/silicon-points.ts";
import { sim, temporaryFolder } from "./sim.ts";

const MEASURED = resolve(import.meta.dirname, "../../../shared/data/silicon/h100_calibration.csv");
const IS_THERE = existsSync(MEASURED);

const folder = temporaryFolder();
writeFileSync(join(folder, "s.csv"), SILICON_CSV);
writeFileSync(join(folder, "wrong.csv"), SILICON_CSV.replace(",512,100,", ",512,many,"));

const validate = (...args: string[]) => sim(folder, "validate", "silicon", ...args);

describe("validate silicon", () => {
  test.concurrent("prints a table by group", async () => {
    const { code, stdout, stderr } = await validate("s.csv");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/all rows: mean size of the relative error\n/);
    expect(stdout).toMatch(/Llama-3\.1-70B\s+│ vllm\s+│\s+4 │ fp8\s+│\s+1 │/);
    expect(stdout).toMatch(/│ all\s+│.*│\s+4 │[\s\S]*4 points in /);
    expect(stdout).toMatch(/\nPicture: results\/validate-silicon\.png and \.svg\n$/);
    for (const type of ["svg", "png"]) {
      expect(existsSync(join(folder, `results/validate-silicon.${type}`))).toBe(true);
    }
  });

  test.concurrent("prints one document, of the rows asked for", async () => {
    const { code, stdout, stderr } = await validate(
      ...["s.csv", "--rows", "odd", "--out", "odd", "--json"],
    );
    expect([code, stderr]).toEqual([0, ""]);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ rows: "odd", n: 2, picture: "odd/validate-silicon.png" });
    expect(document.points.map((point: { row: number }) => point.row)).toEqual([1, 3]);
    expect(document.points[0]).toMatchObject({
      isl: 1024,
      osl: 64,
      concurrency: 4,
      measured: { ttft_seconds: 0.09, tpot_seconds: 0.0085 },
    });
    expect(Object.keys(document.groups[0])).toEqual([
      "system",
      "model",
      "backend",
      "tp",
      "precision",
      "n",
      "latency_mape",
      "tpot_mape",
      "ttft_mape",
    ]);
  });

  test.concurrent.each([
    [["wrong.csv"], /^error: wrong\.csv:4:55: osl: expected a whole number, 2 or more, got "many"/],
    [["none.csv"], /^error: none\.csv: no such file\n$/],
    [
      ["s.csv", "--rows", "evn"],
      /^error: --rows: "evn" is not valid\n {2}give even, odd or all\n$/,
    ],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await validate(...args);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.match(/error:/g)).toHaveLength(1);
  });

  test.concurrent("needs a file", async () => expect((await validate()).code).toBe(2));

  test.skipIf(!IS_THERE)(
    `compares all measured points${IS_THERE ? "" : ` (skipped: no ${MEASURED})`}`,
    async () => {
      const { code, stdout } = await validate(MEASURED, "--json");
      expect(code).toBe(0);
      const document = JSON.parse(stdout);
      expect(document.points).toHaveLength(132);
      expect(document.latency_mape).toBeLessThan(0.2);
    },
  );
});
