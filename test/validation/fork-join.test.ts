/**
 * Fork and join: an execution calls n LLMs at once and ends with the last of them, each a replica
 * that serves one call at a time for an exponential time. For n = 2 the mean is
 * (12 − ρ)/8 · 1/(1 − ρ) (Flatto and Hahn, 1984; Nelson and Tantawi, 1988). For more there are
 * bounds (Baccelli, Makowski and Shwartz, 1989): the queues are associated, so the mean is below
 * that of n independent M/M/1 queues, H_n/(1 − ρ); variable arrivals only make it worse, so it is
 * above that of n D/M/1 queues, H_n/(1 − σ) with σ = exp(−(1 − σ)/ρ). H_n = 1 + 1/2 + … + 1/n.
 */

import { describe, test } from "vitest";
import { expectBetween, expectMean, type QueueRun, runQueue } from "./queue-run.ts";
import { exponentialTimes, iterationsByPrompt } from "./services.ts";

describe.each([
  { load: 0.3, executions: 100_000 },
  { load: 0.6, executions: 100_000 },
  { load: 0.9, executions: 600_000 },
])("fork and join at load $load", ({ load, executions }) => {
  test("over two servers takes as long as the closed form says", () => {
    const run = runForkJoin(2, load, executions);
    expectMean(run, (12 - load) / 8 / (1 - load));
  });

  test("over four servers keeps the bounds", () => {
    const run = runForkJoin(4, load, executions);
    const harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4;
    expectBetween(run, harmonic / (1 - rootOfRegularArrivals(load)), harmonic / (1 - load));
  });
});

function runForkJoin(servers: number, load: number, executions: number): QueueRun {
  const name = `fork-join/${servers}/${load}`;
  return runQueue({
    name,
    rate: load,
    llms: servers,
    maxNumSeqs: 1,
    times: exponentialTimes(`queue/${name}/size`),
    iterationTime: iterationsByPrompt,
    executions,
    measure: ({ arrivalTime, endTime }) => endTime - arrivalTime,
    companionSpeed: 1,
  });
}

/** σ = exp(−(1 − σ)/ρ) below 1, by iteration. */
function rootOfRegularArrivals(load: number): number {
  let root = 0;
  for (let step = 0; step < 1000; step++) root = Math.exp((root - 1) / load);
  return root;
}
