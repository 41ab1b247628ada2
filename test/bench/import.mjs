/**
 * How fast `sim import` reads a trace of a million lines, and how much memory it takes. Writes the
 * trace to the folder that is given (default: the system's for temporary files) and removes it.
 *
 *   node test/bench/import.mjs [LINES] [FOLDER]
 */

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [lines = "1000000", parent = tmpdir()] = process.argv.slice(2);
const folder = mkdtempSync(join(parent, "sim-import-"));
const path = join(folder, "trace.jsonl");
const file = openSync(path, "w");
let text = "";
for (let line = 0; line < Number(lines); line++) {
  const blocks = Array.from({ length: 6 }, (_, block) => (block < 2 ? block : 6 * line + block));
  const row = {
    timestamp: 100 * line,
    input_length: 3000,
    output_length: 200,
    hash_ids: blocks,
  };
  text += `${JSON.stringify(row)}\n`;
  if (text.length > 1 << 20) {
    writeSync(file, text);
    text = "";
  }
}
writeSync(file, text);
closeSync(file);

const program = `
  process.on("exit", () => console.error(process.resourceUsage().maxRSS));
  await import(${JSON.stringify(resolve(import.meta.dirname, "../../dist/cli/main.js"))});
`;
const command = ["import", path, "--out", join(folder, "out.jsonl"), "--model", "m", "--json"];
const started = performance.now();
const { stderr, status } = spawnSync(
  process.execPath,
  ["--input-type=module", "-e", program, "--", ...command],
  { encoding: "utf8" },
);
const seconds = (performance.now() - started) / 1000;
rmSync(folder, { recursive: true });
if (status !== 0) throw new Error(stderr);
const megabytes = Math.round(Number(stderr.trim().split("\n").at(-1)) / 1024);
console.log(`${lines} lines in ${seconds.toFixed(1)} s: ${Math.round(Number(lines) / seconds)}/s`);
console.log(`peak memory ${megabytes} MB`);
