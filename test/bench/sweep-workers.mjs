/**
 * The same sweep with one worker and with two, in turn, and as four shards that are merged: how much
 * faster two are on points of some seconds each, and that all tables are the same bytes. Needs a
 * build, and a machine with nothing else to do.
 *
 *   node test/bench/sweep-workers.mjs [pairs=3]
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [pairs = 3] = process.argv.slice(2).map(Number);
const main = resolve(import.meta.dirname, "../../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "sim-workers-"));
const env = { ...process.env, SIM_CACHE: join(folder, "profiles") };

const POINTS = 8;
const grid = {
  workload: "swe-agent",
  cluster: "1x4xH100",
  planner: "user",
  rate: "0.3/s",
  executions: Array.from({ length: POINTS }, (_, index) => 14_000 + index),
};
writeFileSync(join(folder, "sweep.yaml"), JSON.stringify({ grid }));

/** Seconds that a sweep takes. */
const sweep = (out, ...flags) => {
  const startedAt = performance.now();
  const args = [main, "sweep", "sweep.yaml", "--out", out, "--quiet", ...flags];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env });
  if (status !== 0) throw new Error(`sim sweep ended with ${status}: ${stderr}`);
  return (performance.now() - startedAt) / 1000;
};
const table = (out) => readFileSync(join(folder, out, "points.arrow"));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

// Profiles are made once, before anything is timed.
sweep("first", "--workers", "2");
const ratios = [];
const outs = [];
for (let pair = 0; pair < pairs; pair++) {
  const [one, two] = [1, 2].map((workers) => {
    outs.push(`${workers}-${pair}`);
    return sweep(outs.at(-1), "--workers", String(workers));
  });
  ratios.push(one / two);
  const each = (one / POINTS).toFixed(1);
  console.log(`one worker ${one.toFixed(1)} s (${each} s a point), two ${two.toFixed(1)} s`);
}
console.log(`two workers are ${median(ratios).toFixed(2)} times as fast (median of ${pairs} pairs)`);

for (const shard of [2, 4, 1, 3]) sweep("shards", "--shard", `${shard}/4`, "--workers", "1");
sweep("shards", "--merge");
const differing = [...outs, "shards"].filter((out) => !table(out).equals(table("first")));
console.log(differing.length === 0 ? "all tables are the same" : `DIFFER: ${differing.join(", ")}`);
if (differing.length > 0) process.exitCode = 1;
rmSync(folder, { recursive: true });
