/**
 * M/M/c: a replica that batches c calls, with iterations that take the same time for any batch. The
 * mean wait is C / (c·(1 − ρ)) mean service times, with Erlang's C the probability of waiting. A
 * call that finds a free place waits for the iteration under way, half a token's time on average:
 * 5 ppm of the mean service time, at most 0.015 % of the mean wait.
 */

import { describe, test } from "vitest";
import { expectMean, runQueue } from "./queue-run.ts";
import { geometricTimes, iterationsByOutput } from "./services.ts";

describe.each([
  { servers: 3, load: 0.3, executions: 1_200_000 },
  { servers: 3, load: 0.6, executions: 240_000 },
  { servers: 3, load: 0.9, executions: 400_000 },
  { servers: 8, load: 0.9, executions: 400_000 },
])("M/M/$servers at load $load", ({ servers, load, executions }) => {
  test("waits as long as Erlang's formula says", () => {
    const name = `mmc/${servers}/${load}`;
    const run = runQueue({
      name,
      rate: servers * load,
      maxNumSeqs: servers,
      times: geometricTimes(`queue/${name}/size`),
      iterationTime: iterationsByOutput(() => 1),
      executions,
      measure: ({ requests }) => requests[0]!.startTime - requests[0]!.arrivalTime,
      companionSpeed: servers,
    });
    expectMean(run, erlangC(servers, load) / (servers * (1 - load)));
  });
});

/** Probability that a call finds all servers busy: by the recursion of Erlang's B. */
function erlangC(servers: number, load: number): number {
  const offered = servers * load;
  let blocked = 1;
  for (let server = 1; server <= servers; server++) {
    blocked = (offered * blocked) / (server + offered * blocked);
  }
  return blocked / (1 - load * (1 - blocked));
}
