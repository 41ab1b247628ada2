/**
 * How the dynamic baselines were tuned: peak throughput, and latency at some rates, of every setting
 * that was tried, on the same executions.
 *
 *   npm run build && node test/bench/tune-baselines.mjs hpa rag-reranker 1x4xH100 20/s,30/s
 */

import { createAegaeonPlanner } from "../../dist/baselines/aegaeon.js";
import { createAyoPlanner } from "../../dist/baselines/ayo.js";
import { createHpaPlanner } from "../../dist/baselines/hpa.js";
import { loadWorkload } from "../../dist/cli/workload-options.js";
import { compare } from "../../dist/experiment/compare.js";
import { runTrial } from "../../dist/experiment/trial.js";

const SETTINGS = {
  hpa: [0.3, 0.5, 0.7, 0.9].map((load) => [`load ${load}`, createHpaPlanner(load)]),
  ayo: ["oldest-first", "nearest-end"].map((order) => [order, createAyoPlanner(order)]),
  aegaeon: [0.1, 0.5, 2].flatMap((quantum) =>
    [0, 32, 128, 512].map((affinity) => [
      `quantum ${quantum} s, affinity ${affinity}`,
      createAegaeonPlanner({ quantum, affinity }),
    ]),
  ),
};

const [baseline, workload, cluster, rates = ""] = process.argv.slice(2);
const request = loadWorkload({ workload, cluster, planner: "user", seed: "1" });
const numbers = rates.split(",").map((rate) => Number.parseFloat(rate)).filter((rate) => rate > 0);
const formatted = (value) => (value === null ? "–" : value.toPrecision(4));

for (const [name, planner] of SETTINGS[baseline]) {
  const { planners } = await compare(
    { ...request, planners: [{ ...planner, name }], rates: numbers, replications: 1 },
    { runTrial: async (trial) => runTrial(trial), onProgress: () => {} },
  );
  const { points, peak_throughput_per_second: peak } = planners[name];
  const latencies = points
    .filter(({ rate_per_second: rate }) => numbers.includes(rate))
    .map((point) => `${point.rate_per_second}/s: ${formatted(point.latency_mean_seconds)} s`);
  console.log(`${name}: peak ${formatted(peak)}/s; ${latencies.join(", ")}`);
}
