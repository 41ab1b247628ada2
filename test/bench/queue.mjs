/**
 * The event queue beside std::priority_queue of C++, both in the hold model, in turns:
 *
 *   npm run build && node test/bench/queue.mjs [rounds=5]
 *
 * Needs g++; without it only the queue's own speed is printed.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SOURCE = fileURLToPath(new URL("hold-model.cpp", import.meta.url));
const rounds = Number(process.argv[2] ?? 5);
if (!(rounds > 0)) {
  console.error("usage: node test/bench/queue.mjs [rounds]");
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "hold-model-"));
try {
  const program = join(folder, "hold-model");
  const hasCompiler = compile(program);
  if (!hasCompiler) console.log("g++ is not there: no comparison");
  /** By pending events: the two rates of each round. */
  const rates = new Map();
  for (let round = 0; round < rounds; round++) {
    const { queue } = JSON.parse(output(process.execPath, [MAIN, "bench", "queue", "--json"]));
    for (const { pending, operations_per_second: own } of queue.pending) {
      const other = hasCompiler ? Number(output(program, [`${pending}`])) : Number.NaN;
      rates.set(pending, [...(rates.get(pending) ?? []), { own, other }]);
    }
  }
  for (const [pending, pairs] of rates) {
    const own = median(pairs.map((pair) => pair.own));
    let line = `${pending} pending: ${millions(own)} operations/s`;
    if (hasCompiler) {
      const ratios = pairs.map((pair) => pair.own / pair.other);
      const other = median(pairs.map((pair) => pair.other));
      line += `, std::priority_queue ${millions(other)}; ratio ${median(ratios).toFixed(2)}`;
      line += ` (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
    }
    console.log(line);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function compile(program) {
  const { error, status, stderr } = spawnSync("g++", ["-O2", "-o", program, SOURCE], {
    encoding: "utf8",
  });
  if (error?.code === "ENOENT") return false;
  if (status !== 0) throw new Error(`g++ failed:\n${stderr}`);
  return true;
}

function output(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ended with ${status}:\n${stderr}`);
  return stdout;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function millions(rate) {
  return `${(rate / 1e6).toFixed(2)} M`;
}
