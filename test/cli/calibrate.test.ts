/** `sim calibrate` as a user calls it: what it writes, and that it leaves nothing half done. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();
const H100 = resolve("clusters/measurements/h100");

const SOLO_HEADER = "model,tp,share,sms,kind,batch,q_tokens,context,layer_us,head_us";

writeFileSync(join(here, "few.csv"), `${SOLO_HEADER}\nllama-3.1-8b,1,1,132,decode,1,1,9,5,5\n`);
writeFileSync(
  join(here, "right.csv"),
  readFileSync(`${H100}/solo.csv`, "utf8").split("\n").slice(0, 100).join("\n"),
);
mkdirSync(join(here, "folder"));
writeFileSync(join(here, "cluster.yaml"), "nodes: [{ gpu: some.yaml, gpus: 8 }]\n");

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
    expect(left("bad.yaml")).toEqual([]);
  });

  test.concurrent("fits what it has measurements of, and keeps the rest", async () => {
    writeFileSync(join(here, "some.csv.gz"), gzipSync(readFileSync(`${H100}/colocate.csv`)));
    const command = "calibrate some.csv.gz --gpu l40s --out some.yaml";
    const { stdout, stderr } = await simDone(here, command);
    expect(stdout).toMatch(/^222 slowdowns of co-located loads: MAPE \d+\.\d % after the fit/);
    expect(stdout).not.toMatch(/iterations alone/);
    expect(stderr).toBe("");
    const kernelsOf = (text: string) => /^kernels:[\s\S]*(?=^# What tenants do)/m.exec(text)![0];
    const [l40s, some] = ["clusters/gpus/l40s.yaml", join(here, "some.yaml")].map((file) =>
      readFileSync(file, "utf8"),
    );
    expect(kernelsOf(some!)).toBe(kernelsOf(l40s!));
    expect(some).toMatch(/^replicates:\n {2}kernels: \{\}\n {2}contention:\n {4}50\/50: /m);
    // What is written is a GPU like any other.
    await simDone(here, "plan --workload rag-reranker --cluster cluster.yaml --rate 0.1 --json");
  });

  test.concurrent.each([
    ["a file that is not there", ["none.csv"], /^error: none\.csv: no such file\n$/],
    ["a folder", ["."], /^error: .* is a directory\n/],
    ["too few rows", ["few.csv"], /^error: 1 measurements are too few for a fit of 19 costs\n/],
    ["a GPU that nobody knows", ["few.csv", "--gpu", "h1000"], /^error: unknown GPU "h1000"\n/],
    [
      "a target that is a folder",
      ["right.csv", "--out", "folder"],
      /^error: cannot write the GPU "folder": EISDIR/,
    ],
  ])("refuses %s, and leaves nothing behind", async (_, args, message) => {
    const { code, stdout, stderr } = await sim(
      ...[here, "calibrate", "--gpu", "h100-sxm", "--out", "refused.yaml"],
      ...args,
    );
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).not.toMatch(/^\s+at /m);
    const target = args.includes("--out") ? args.at(-1)! : "refused.yaml";
    expect(left(target).filter((file) => file !== "folder")).toEqual([]);
  });

  test.concurrent("needs files and a target", async () => {
    for (const args of [[], ["few.csv", "--gpu", "h100"], ["--gpu", "h100", "--out", "x.yaml"]]) {
      expect((await sim(here, "calibrate", ...args)).code).toBe(2);
    }
  });
});

/** What is there of a file that was to be written, under this name or a longer one. */
function left(name: string): string[] {
  return readdirSync(here).filter((file) => file.startsWith(name));
}
