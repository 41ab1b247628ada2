/**
 * The 95 % interval of a run's mean latency, by batch means: in 1,000 replications of an M/M/1
 * queue, whose mean is known, it holds the mean in 93 to 97 % of them. Warm-up is left out as in a
 * run.
 */

import { expect, test } from "vitest";
import { toSeconds } from "../../src/engine/ticks.ts";
import { simulate } from "../../src/experiment/simulate.ts";
import { summarize } from "../../src/experiment/statistics.ts";
import { noSlowdown } from "../../src/hardware/interference.ts";
import { poissonGaps } from "../../src/workflow/arrivals.ts";
import { callStep, queueDeployment, singleServerWait } from "./queue-run.ts";
import { exponentialTimes, iterationsByPrompt, SERVICE_MEAN } from "./services.ts";

const LOAD = 0.5;
const REPLICATIONS = 1000;

test.each([1000, 2000, 4000])("of a run of %i executions", (executions) => {
  const warmup = executions / 10;
  const times = exponentialTimes(`coverage/${executions}/size`);
  const truth = (1 + singleServerWait(LOAD, times)) * SERVICE_MEAN;
  const deployment = queueDeployment(1, 1);
  let holds = 0;
  for (let replication = 0; replication < REPLICATIONS; replication++) {
    const latencies: number[] = [];
    simulate({
      deployment,
      slowdownModel: noSlowdown,
      isStreaming: true,
      iterationTime: () => iterationsByPrompt,
      arrivals: {
        kind: "open",
        rate: LOAD / SERVICE_MEAN,
        limit: { executions: executions },
        unitGap: poissonGaps(replication, `coverage/${executions}`),
      },
      source: (index) => ({ index, hash: "", steps: [callStep(0, times.drawTokens(), true)] }),
      observer: {
        onExecutionEnd: ({ drawn, arrivalTime, endTime }) => {
          if (drawn.index >= warmup) latencies.push(toSeconds(endTime - arrivalTime));
        },
      },
    });
    const [low, high] = summarize(latencies).mean_ci95!;
    if (low <= truth && truth <= high) holds++;
  }
  expect(holds / REPLICATIONS).toBeGreaterThanOrEqual(0.93);
  expect(holds / REPLICATIONS).toBeLessThanOrEqual(0.97);
});
