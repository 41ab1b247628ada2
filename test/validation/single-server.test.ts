/**
 * M/M/1 and M/D/1: a replica that serves one call at a time, each in one iteration. The mean wait
 * is λ·E[S²] / (2·(1 − ρ)). Beyond the mean, every call is compared with the recursion of a single
 * server. Nothing is quantised but time itself.
 */

import { describe, expect, test } from "vitest";
import { toTicks } from "../../src/engine/ticks.ts";
import { expectMean, runQueue, singleServerWait } from "./queue-run.ts";
import {
  constantIterations,
  constantTimes,
  exponentialTimes,
  iterationsByPrompt,
  SERVICE_MEAN,
} from "./services.ts";

describe.each([
  { name: "M/M/1", load: 0.3, executions: 440_000 },
  { name: "M/M/1", load: 0.6, executions: 680_000 },
  { name: "M/M/1", load: 0.9, executions: 4_600_000 },
  { name: "M/D/1", load: 0.3, executions: 240_000 },
  { name: "M/D/1", load: 0.6, executions: 360_000 },
  { name: "M/D/1", load: 0.9, executions: 3_000_000 },
])("$name at load $load", ({ name, load, executions }) => {
  test("waits as long as the closed form says, and serves every call to the tick", () => {
    const isConstant = name === "M/D/1";
    const times = isConstant ? constantTimes : exponentialTimes(`queue/${name}/${load}/size`);
    let freeTime = 0;
    let misplaced = 0;
    const run = runQueue({
      name: `${name}/${load}`,
      rate: load,
      maxNumSeqs: 1,
      times,
      iterationTime: isConstant ? constantIterations : iterationsByPrompt,
      executions,
      measure: ({ requests }) => {
        const { arrivalTime, startTime, finishTime, promptTokens } = requests[0]!;
        const start = Math.max(arrivalTime, freeTime);
        freeTime = start + toTicks((promptTokens / times.tokensMean) * SERVICE_MEAN);
        if (startTime !== start || finishTime !== freeTime) misplaced++;
        return startTime - arrivalTime;
      },
    });
    expect(misplaced).toBe(0);
    expectMean(run, singleServerWait(load, times));
  });
});
