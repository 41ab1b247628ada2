/**
 * Whether time and memory grow with the number of calls and no faster: simulates 10^4, 10^5 and
 * 10^6 independent requests, each number in a process of its own.
 *
 *   npm run build && node test/bench/growth.mjs [calls…]
 *
 * Prints wall time per call, peak memory, and the bytes that each further call takes; results are
 * kept in memory as columns, so that is what a longer run costs.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SELF = fileURLToPath(import.meta.url);
const [first, ...others] = process.argv.slice(2);

if (process.argv.slice(2).some((text) => text !== "--one" && !(Number(text) > 0))) {
  console.error("usage: node test/bench/growth.mjs [calls…]");
  process.exit(2);
}
if (first === "--one") await simulateOne(Number(others[0]));
else {
  const given = process.argv.slice(2).map(Number);
  let before;
  for (const calls of given.length > 0 ? given : [1e4, 1e5, 1e6]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SELF, "--one", `${calls}`], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const figures = JSON.parse(stdout);
    const each = (1e6 * figures.seconds) / calls;
    let line = `${calls} calls: ${figures.seconds.toFixed(2)} s, ${each.toFixed(2)} us a call, `;
    line += `peak ${(figures.peakBytes / 1e6).toFixed(0)} MB`;
    if (before !== undefined) {
      const perCall = (figures.peakBytes - before.peakBytes) / (calls - before.calls);
      line += `, ${perCall.toFixed(0)} bytes for each further call`;
    }
    console.log(line);
    before = { calls, ...figures };
  }
}

/** Simulates a few times and prints the least time and the most memory that it took. */
async function simulateOne(calls) {
  const { benchReplay } = await import("../../dist/experiment/bench-replay.js");
  let seconds = Number.POSITIVE_INFINITY;
  let peakBytes = 0;
  for (let run = 0; run < 3; run++) {
    const figures = benchReplay(calls);
    seconds = Math.min(seconds, figures.wall_seconds);
    peakBytes = figures.peak_memory_bytes;
  }
  console.log(JSON.stringify({ seconds, peakBytes }));
}
