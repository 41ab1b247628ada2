/**
 * `sim validate`: exit code 0 or 3 with the same document, and what is wrong with a file at its
 * place.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type VidurFiles, vidurFiles, writeVidurFiles } from "../validation/vidur-folder.ts";
import { sim, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

/** Replaces a text that must be there. */
function replace(files: VidurFiles, name: string, from: string | RegExp, to: string): VidurFiles {
  const text = files[name]!.replace(from, to);
  if (text === files[name]) throw new Error(`${name} has no ${from}`);
  return { ...files, [name]: text };
}

const right = vidurFiles();
writeVidurFiles(join(folder, "right"), right);
writeVidurFiles(join(folder, "off"), replace(right, "table_attn_decode.csv.gz", "0.017", "0.018"));

describe("validate vidur", () => {
  test.concurrent("passes a run that is met", async () => {
    const { code, stdout, stderr } = await sim(folder, "validate", "vidur", "right", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ requests: 2, completed: 2, limit_seconds: 1e-7 });
    expect(document.max_abs_difference_seconds).toBeLessThan(1e-9);
    expect(Object.keys(document.differences)).toEqual(["started", "first_token", "completed"]);
  });

  test.concurrent("prints a short table", async () => {
    const { code, stdout, stderr } = await sim(folder, "validate", "vidur", "right", "--stepwise");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /2 of 2 requests completed\n[\s\S]*first token[\s\S]*3 iterations \(Vidur 3\)/,
    );
  });

  test.concurrent("fails a run on other times, and prints all the same", async () => {
    const { code, stdout, stderr } = await sim(folder, "validate", "vidur", "off", "--json");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^failed: the largest difference is 8\.80e-5 s, not below 1e-7 s\n$/);
    // 80 layers, 1 us, 1.1 for two sequences.
    expect(JSON.parse(stdout).max_abs_difference_seconds).toBeCloseTo(88e-6, 8);
  });
});

/** What is done to the files, and what the message says. */
const wrong: readonly (readonly [string, VidurFiles, RegExp])[] = [
  [
    "a value that is no number",
    replace(right, "requests.csv", "\n1,0.5,6,", "\n1,0.5,six,"),
    /requests\.csv:3:7: input_tokens: expected a whole number, 1 or more, got "six"/,
  ],
  [
    "a line that is cut off",
    replace(right, "trace.csv", "0.5,6,2", "0.5,6"),
    /trace\.csv:3: 2 values, and 3 columns in the first line/,
  ],
  [
    "a missing column",
    replace(right, "table_token_ops.csv.gz", ",all_reduce_ms", ",all_reduce"),
    /table_token_ops\.csv\.gz:1: the column all_reduce_ms is missing/,
  ],
  [
    "requests that are not those of the trace",
    replace(right, "trace.csv", "0.5,6,2", "0.5,7,2"),
    /requests\.csv:3: not the request of line 3 of .*trace\.csv/,
  ],
  [
    "a table without a row that is needed",
    replace(right, "table_attn_prefill.csv.gz", "64,4,", "64,5,"),
    /table_attn_prefill\.csv\.gz: no row for kv 64 and chunk 4/,
  ],
  [
    "another scheduler",
    replace(right, "summary.json", '"sarathi"', '"vllm"'),
    /summary\.json:\d+:\d+: vidur_flags.*_scheduler_config_type: expected sarathi, got "vllm"/,
  ],
  [
    "a model of unknown depth",
    replace(right, "summary.json", "Llama-2-70b-hf", "Llama-9"),
    /summary\.json:\d+:\d+: vidur_flags\.replica_config_model_name: expected one of /,
  ],
];

describe("bad input of validate vidur", () => {
  test.concurrent.each(wrong)("%s", async (name, files, message) => {
    writeVidurFiles(join(folder, name), files);
    const { code, stdout, stderr } = await sim(folder, "validate", "vidur", name);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr.match(/error:/g)).toHaveLength(1);
  });

  test.concurrent("a missing file, and a table that is not compressed", async () => {
    const here = writeVidurFiles(join(folder, "bare"), right);
    rmSync(join(here, "table_attn_decode.csv.gz"));
    const missing = await sim(folder, "validate", "vidur", "bare");
    expect([missing.code, missing.stderr]).toEqual([
      1,
      "error: bare/table_attn_decode.csv.gz: no such file\n",
    ]);
  });

  test.concurrent("an unknown kind, and no folder, are wrong usage", async () => {
    const unknown = await sim(folder, "validate", "vidurr", "right");
    expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toMatch(/unknown command 'vidurr'.*\n.*vidur\?/);
    expect((await sim(folder, "validate", "vidur")).code).toBe(2);
  });
});
