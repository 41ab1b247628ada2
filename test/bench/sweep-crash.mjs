/**
 * Kills sweeps and queue workers at random moments, and stops Redis for five seconds, and shows that
 * the table is that of an undisturbed sweep. Needs a build, and redis-server for the second part.
 *
 *   node test/bench/sweep-crash.mjs [rounds=20] [points=500]
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [rounds = 20, points = 500] = process.argv.slice(2).map(Number);
const main = resolve(import.meta.dirname, "../../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "sim-crash-"));
const env = { ...process.env, SIM_CACHE: join(folder, "profiles") };
const port = 20_000 + (process.pid % 20_000);
const queue = `redis://127.0.0.1:${port}`;

const rates = Array.from({ length: points / 10 }, (_, index) => 1 + index / 10);
const lengths = Array.from({ length: 10 }, (_, index) => 10 + index);
const grid = { workload: "rag-reranker", cluster: "1x2xH100", planner: "user" };
const sweep = { grid: { ...grid, rate: rates, executions: lengths } };
writeFileSync(join(folder, "sweep.yaml"), JSON.stringify(sweep));

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const start = (...args) => {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env });
  child.ended = new Promise((done) => child.on("exit", done));
  child.stderr.on("data", (text) => process.stdout.write(`  ${text}`));
  return child;
};
const startRedis = async () => {
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const redis = spawn("redis-server", flags, { stdio: "ignore" });
  redis.ended = new Promise((done) => redis.on("exit", done));
  await pause(0.5);
  return redis;
};
/** Every result is whole; how many there are. */
const wholeFiles = (out) => {
  const kept = join(folder, out, ".cache/points");
  const names = readdirSync(kept).filter((name) => !name.startsWith("."));
  for (const name of names) JSON.parse(readFileSync(join(kept, name), "utf8"));
  return names.length;
};
const table = (out) => readFileSync(join(folder, out, "points.arrow"));
const judge = (what, out) => {
  const isSame = table(out).equals(table("alone"));
  console.log(`${what}: ${wholeFiles(out)} of ${points} points, table ${isSame ? "the same" : "DIFFERS"}`);
  if (!isSame || wholeFiles(out) !== points) process.exitCode = 1;
};

const startedAt = performance.now();
await start("sweep", "sweep.yaml", "--out", "alone", "--quiet").ended;
const seconds = (performance.now() - startedAt) / 1000;
console.log(`undisturbed: ${wholeFiles("alone")} points in ${seconds.toFixed(1)} s`);

for (let round = 0; round < rounds; round++) {
  const child = start("sweep", "sweep.yaml", "--out", "killed", "--quiet");
  await pause(0.5 + Math.random() * (0.5 + seconds / rounds));
  child.kill("SIGKILL");
  await child.ended;
}
await start("sweep", "sweep.yaml", "--out", "killed", "--quiet").ended;
judge(`sweep killed ${rounds} times`, "killed");

if (spawnSync("redis-server", ["--version"]).status !== 0) {
  console.log("no redis-server: no test of queues");
} else {
  let redis = await startRedis();
  const flags = ["--queue", queue, "--out", "queued"];
  const workers = [1, 2, 3, 4].map(() => start("worker", ...flags, "--workers", "1", "--quiet"));
  const asking = start("sweep", "sweep.yaml", ...flags);
  let isDone = false;
  asking.ended.then(() => {
    isDone = true;
  });
  let kills = 0;
  for (; kills < rounds && !isDone; kills++) {
    await pause(0.5 + Math.random() * (seconds / rounds));
    const which = Math.floor(4 * Math.random());
    workers[which].kill("SIGKILL");
    workers[which] = start("worker", ...flags, "--workers", "1", "--quiet");
    if (kills === Math.floor(rounds / 2)) {
      redis.kill("SIGKILL");
      await redis.ended;
      await pause(5);
      redis = await startRedis();
    }
  }
  console.log(`exit code of the sweep: ${await asking.ended}`);
  judge(`queue, workers killed ${kills} times, Redis away for 5 s`, "queued");
  for (const child of [...workers, redis]) child.kill("SIGKILL");
}
