/**
 * `sim validate iterations`, `colocation` and `shares`: documents, tables and pictures of the
 * models beside measurements, and what is wrong with a file or an option.
 */

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();
const H100 = resolve("clusters/measurements/h100");

const SHARES = `model,tp,mps_pct,batch,seqlen,prefill_ms,decode_ms
llama-7b,1,30,2,64,27.1,15.9
llama-7b,1,100,2,64,13.3,9.8
llama-7b,2,50,2,64,-1.0,8.0
llama-7b,2,100,2,64,9,7.1
`;
writeFileSync(join(here, "shares.csv"), SHARES);
writeFileSync(join(here, "part.csv"), SHARES.replaceAll(",100,", ",90,"));
writeFileSync(join(here, "three.csv"), SHARES.replace("7b,1,30", "7b,3,30"));
writeFileSync(join(here, "sixteen.csv"), SHARES.replaceAll("7b,1,", "7b,16,"));
copyFileSync("clusters/gpus/a100-sxm-80gb.yaml", join(here, "mine.yaml"));

/** Some rows of a measured file, after its names of columns. */
function writeRows(name: string, file: string, keep: (row: string) => boolean): void {
  const [header, ...rows] = readFileSync(`${H100}/${file}`, "utf8").trimEnd().split("\n");
  writeFileSync(join(here, name), `${[header, ...rows.filter(keep)].join("\n")}\n`);
}
writeRows("one-model.csv", "solo.csv", (row) => row.startsWith("llama-3.2-1b,"));
writeRows("one-group.csv", "colocate.csv", (row) => /^(50\/50|time-sliced),/.test(row));

/** Whether both pictures are there, and are pictures. */
function expectPictures(folder: string, name: string): void {
  const [svg, png] = ["svg", "png"].map((type) => readFileSync(join(folder, `${name}.${type}`)));
  expect(svg!.toString("utf8")).toMatch(/^(<\?xml[^>]*>\s*)?<svg [\s\S]*<\/svg>\s*$/);
  expect(png!.subarray(1, 4).toString("latin1")).toBe("PNG");
  expect(png!.length).toBeGreaterThan(10_000);
}

describe("sim validate iterations", () => {
  test.concurrent("prints a document, and draws", async () => {
    const { stdout, stderr } = await simDone(here, `validate iterations ${H100}/solo.csv --json`);
    expect(stderr).toBe("");
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ gpu: "h100-sxm", n: 2618, held_out: [] });
    for (const key of ["mape", "p90", "bias"]) expect(Math.abs(document[key])).toBeLessThan(0.2);
    const keys = ["model", "tp", "share", "kind", "n", "mape", "bias"];
    expect(Object.keys(document.groups[0])).toEqual(keys);
    const counted = document.groups.reduce((sum: number, { n }: { n: number }) => sum + n, 0);
    expect(counted).toBe(2618);
    expect(document.picture).toBe("results/validate-iterations.png");
    expectPictures(join(here, "results"), "validate-iterations");
  });

  test.concurrent("prints a table, of another GPU too", async () => {
    const command = "validate iterations one-model.csv --gpu mine.yaml --out of-mine";
    const { stdout } = await simDone(here, command);
    expect(stdout).toMatch(/│ model +│ TP │ +share │ kind +│ +n │ +MAPE │ +bias │\n/);
    expect(stdout).toMatch(/│ llama-3\.2-1b │ +1 │ 100\.0 % │ decode +│ +66 │/);
    expect(stdout).toMatch(/\n\d+ iterations on mine: MAPE \d+\.\d %, 90th percentile \d+\.\d %, /);
    expect(stdout).toMatch(/\nMAPE by share: 100\.0 %: [\d.]+ % {3}/);
    expect(stdout).toMatch(/Picture: of-mine\/validate-iterations\.png and \.svg\n$/);
    expectPictures(join(here, "of-mine"), "validate-iterations");
  });

  test.concurrent("with models left out prints a second table", async () => {
    writeRows("two.csv", "solo.csv", (row) => /^llama-3\.(1-70b|2-1b),/.test(row));
    const command = "validate iterations two.csv --leave-out model --out two";
    const { stdout } = await simDone(here, command);
    expect(stdout).toMatch(/│ left out of the fit │ +n │ +MAPE │ +bias │ MAPE of the rest │\n/);
    for (const model of ["llama-3\\.1-70b", "llama-3\\.2-1b"]) {
      expect(stdout).toMatch(new RegExp(`│ ${model} +│ +\\d+ │ +[\\d.]+ % │ +[+-][\\d.]+ % │`));
    }
  });
});

describe("sim validate colocation", () => {
  test.concurrent("prints tables by shares and by phase, and draws", async () => {
    const command = `validate colocation ${H100}/colocate.csv --out pictures`;
    const { stdout } = await simDone(here, command);
    for (const shares of ["50/50 +│ +42", "25/75 +│ +72", "time-sliced +│ +42"]) {
      expect(stdout).toMatch(new RegExp(`│ ${shares} │`));
    }
    expect(stdout).toMatch(/prefill +│ decode +│ +40/);
    expect(stdout).toMatch(/222 slowdowns on h100-sxm: MAPE 4\.\d %/);
    expectPictures(join(here, "pictures"), "validate-colocation");
  });

  test.concurrent("prints a document, with shares left out", async () => {
    const command = `validate colocation ${H100}/colocate.csv --leave-out shares --json`;
    const { stdout, stderr } = await simDone(here, command);
    expect(stderr).toBe("");
    const { mape, p90, groups, held_out } = JSON.parse(stdout);
    expect(mape).toBeLessThan(p90);
    expect(Object.keys(groups[0])).toEqual(["shares", "n", "mape", "bias"]);
    const keys = ["left_out", "n", "mape", "bias", "mape_fitted"];
    expect(held_out.map((each: object) => Object.keys(each))).toEqual([keys, keys, keys]);
  });
});

describe("sim validate shares", () => {
  test.concurrent("prints a document, and draws", async () => {
    const { stdout } = await simDone(here, "validate shares shares.csv --gpu A100 --json");
    const { gpu, n, median, groups, picture } = JSON.parse(stdout);
    expect([gpu, n, picture]).toEqual(["a100-sxm-80gb", 3, "results/validate-shares.png"]);
    expect(median).toBeLessThan(0.5);
    expect(groups.map(({ tp, share, kind }: Record<string, unknown>) => [tp, share, kind])).toEqual(
      [
        [1, 0.3, "prefill"],
        [1, 0.3, "decode"],
        [2, 0.5, "decode"],
      ],
    );
    expectPictures(join(here, "results"), "validate-shares");
  });

  test.concurrent("prints the same table of a GPU file", async () => {
    const [bundled, own] = await Promise.all(
      ["A100", "mine.yaml"].map((gpu) =>
        simDone(here, `validate shares shares.csv --gpu ${gpu} --out of-${gpu}`),
      ),
    );
    expect(own!.stdout).toMatch(/│ +1 │ +30\.0 % │ prefill │ 1 │/);
    expect(own!.stdout).toMatch(/\n3 slowdowns on mine: median error \d+\.\d %\nPicture: /);
    const table = (text: string) => text.slice(0, text.indexOf("slowdowns"));
    expect(table(own!.stdout)).toBe(table(bundled!.stdout));
  });

  test.concurrent("needs to know the GPU", async () => {
    const { code, stderr } = await sim(here, "validate", "shares", "shares.csv");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--gpu <gpu>/)]);
  });
});

describe("bad input of these comparisons", () => {
  const gpu = ["--gpu", "A100"];
  test.concurrent.each([
    [["iterations", `${H100}/solo.csv`, "--leave-out", "shares"], /not valid\n +give model\n$/],
    [["iterations", "one-model.csv", "--leave-out", "model"], /the file has one model only\n/],
    [["iterations", `${H100}/colocate.csv`], /colocate\.csv:1: no columns model, kind, tp/],
    [["iterations", "none.csv"], /^error: none\.csv: no such file\n$/],
    [["iterations", "one-model.csv", "--gpu", "none.yaml"], /^error: none\.yaml: no such file\n$/],
    [["colocation", `${H100}/colocate.csv`, "--leave-out", "model"], /valid\n +give shares\n$/],
    [["colocation", "one-group.csv", "--leave-out", "shares"], /one group of limited shares only/],
    [["colocation", "none.csv"], /^error: none\.csv: no such file\n$/],
    [["shares", "none.csv", ...gpu], /^error: none\.csv: no such file\n$/],
    [["shares", "part.csv", ...gpu], /^error: no row has its like at a share of 1 \(mps_pct 100\)/],
    [["shares", "three.csv", ...gpu], /three\.csv:2:10: tp: llama-7b cannot be split over 3 GPUs/],
    [["shares", "sixteen.csv", ...gpu], /a100-sxm-80gb has no all-reduce time for TP 16\n/],
    [["shares", "shares.csv", "--gpu", "A101"], /^error: unknown GPU "A101"\n/],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await sim(here, "validate", ...args);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
