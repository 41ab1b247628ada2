/**
 * M/G/1 with processor sharing: an iteration gives every call of the batch one token and takes as
 * long as the batch is large. Whatever the distribution of sizes, the mean time in the system is
 * E[S] / (1 − ρ). Tokens are a 100,000th of the mean service time; a call waits half an iteration
 * of the others for its first one, which makes the mean too long by less than 10 ppm.
 */

import { describe, test } from "vitest";
import { expectMean, runQueue } from "./queue-run.ts";
import { equalTimes, geometricTimes, iterationsByOutput, twoPointTimes } from "./services.ts";

const timesOf = {
  constant: equalTimes,
  exponential: geometricTimes,
  "two sizes": twoPointTimes,
};

describe.each([
  { load: 0.3, executions: 100_000 },
  { load: 0.6, executions: 200_000 },
  { load: 0.9, executions: 1_200_000 },
])("processor sharing at load $load", ({ load, executions }) => {
  test.each(["constant", "exponential", "two sizes"] as const)(
    "keeps calls as long as the closed form says: %s",
    (kind) => {
      const name = `ps/${kind}/${load}`;
      const run = runQueue({
        name,
        rate: load,
        maxNumSeqs: 10_000,
        times: timesOf[kind](`queue/${name}/size`),
        iterationTime: iterationsByOutput((batch) => batch),
        executions,
        measure: ({ arrivalTime, endTime }) => endTime - arrivalTime,
        companionSpeed: 1,
      });
      expectMean(run, 1 / (1 - load));
    },
  );
});
