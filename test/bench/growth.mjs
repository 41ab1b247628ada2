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

/** Simulates and prints what it took, the tables included. */
async function simulateOne(calls) {
  const { independentRequests } = await import("../../dist/experiment/bench-replay.js");
  const { evaluate } = await import("../../dist/experiment/evaluation.js");
  const setup = independentRequests(calls);
  const started = performance.now();
  evaluate({
    ...setup,
    warmup: { fraction: 0.1 },
    sampleInterval: 1,
    isStepwise: false,
    onProgress: () => {},
  });
  const seconds = (performance.now() - started) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ seconds, peakBytes }));
}
