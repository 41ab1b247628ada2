/** `sim calibrate` and the comparisons of its models, as a user calls them. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();
const H100 = resolve("clusters/measurements/h100");

const SOLO_HEADER = "model,tp,share,sms,kind,batch,q_tokens,context,layer_us,head_us";

describe("sim calibrate", () => {
  test.concurrent("makes the bundled H100 file, byte for byte", async () => {
    const files = `${H100}/solo.csv ${H100}/colocate.csv`;
    const { stdout } = await simDone(here, `calibrate ${files} --gpu h100-sxm --out h100.yaml`);
    const bundled = readFileSync("clusters/gpus/h100-sxm.yaml", "utf8");
    expect(readFileSync(join(here, "h100.yaml"), "utf8")).toBe(bundled);
    expect(stdout).toMatch(/2618 iterations alone: MAPE 3\.5 % after the fit/);
    expect(stdout).toMatch(/222 slowdowns of co-located loads: MAPE 4\.9 % after the fit/);
    expect(stdout).toMatch(/matrix\.compute\.per_sm ± 1\.1 %/);
  });

  test.concurrent("refuses a malformed file with its place, and writes nothing", async () => {
    writeFileSync(join(here, "bad.csv"), `${SOLO_HEADER}\nllama-3.1-8b,1,1,132,decode,1,1,x,5,5\n`);
    const args = ["calibrate", "bad.csv", "--gpu", "h100-sxm", "--out", "bad.yaml"];
    const { code, stdout, stderr } = await sim(here, ...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/bad\.csv:2:33: context: expected a whole number, 0 or more, got "x"/);
    expect(existsSync(join(here, "bad.yaml"))).toBe(false);
  });
});

describe("sim validate", () => {
  test.concurrent("iterations: a document and a picture", async () => {
    const { stdout } = await simDone(here, `validate iterations ${H100}/solo.csv --json`);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ gpu: "h100-sxm", n: 2618, held_out: [] });
    expect(Object.keys(document.groups[0])).toEqual(
      expect.arrayContaining(["model", "tp", "share", "kind", "n", "mape"]),
    );
    for (const type of ["svg", "png"]) {
      expect(existsSync(join(here, `results/validate-iterations.${type}`))).toBe(true);
    }
  });

  test.concurrent("colocation: tables by shares and by phase", async () => {
    const command = `validate colocation ${H100}/colocate.csv --out pictures`;
    const { stdout } = await simDone(here, command);
    expect(stdout).toMatch(/50\/50 +│ +42/);
    expect(stdout).toMatch(/prefill +│ decode +│ +40/);
    expect(stdout).toMatch(/222 slowdowns on h100-sxm: MAPE 4\.\d %/);
    expect(existsSync(join(here, "pictures/validate-colocation.png"))).toBe(true);
  });

  test.concurrent("refuses to leave out what it does not know", async () => {
    const args = ["validate", "iterations", `${H100}/solo.csv`, "--leave-out", "shares"];
    const { code, stderr } = await sim(here, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--leave-out: "shares" is not valid\n +give model/);
  });

  test.concurrent("shares: refuses a file without the whole GPU", async () => {
    const rows = "model,tp,mps_pct,batch,seqlen,prefill_ms,decode_ms\nllama-7b,1,30,1,32,15,15\n";
    writeFileSync(join(here, "part.csv"), rows);
    const { code, stderr } = await sim(here, "validate", "shares", "part.csv", "--gpu", "A100");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no row has its like at a share of 1/);
  });
});
