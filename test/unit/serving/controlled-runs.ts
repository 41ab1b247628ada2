/** Runs of two LLMs under a controller, for tests of plan changes. */

import type { Deployment, Instance } from "../../../src/deployment/plan.ts";
import { simulate } from "../../../src/experiment/simulate.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import type {
  Controller,
  ControlView,
  PlanChange,
} from "../../../src/serving/control/controller.ts";
import type { RunningExecution } from "../../../src/workflow/execution-runner.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

/** Seconds until a new replica of the test model serves. */
export const COLD_START = 30 + weightBytes(testModel, 1) / 8e9;
/** Two LLMs on the first of three GPUs, half each. */
export function deployment(): Deployment {
  const cluster = testCluster(1, 3);
  const half: Instance = { gpus: [cluster.gpus[0]!], share: 0.5 };
  const llm = (name: string) => ({ name, model: testModel, engine: testEngine, instances: [half] });
  return { cluster, llms: [llm("a"), llm("b")] };
}

/** Follows a plan of changes by decision number, one decision a second; keeps what it saw. */
export function follow(changes: Readonly<Record<number, readonly PlanChange[]>>) {
  const views: ControlView[] = [];
  const controller: Controller = {
    interval: 1,
    decide: (view) => changes[views.push(view)] ?? [],
  };
  return { controller, views };
}

/** Evenly spaced instants: `rate` a second from `start` to `end`. */
export function evenly(rate: number, start: number, end: number): number[] {
  return Array.from({ length: rate * (end - start) }, (_, index) => start + index / rate);
}

/** Calls of LLM 0 and 1 in turn. */
export function run(plan: Deployment, controller: Controller, times = evenly(2, 0, 60)) {
  const ended: RunningExecution[] = [];
  const outcome = simulate({
    deployment: plan,
    source: (index) => ({
      index,
      hash: "",
      steps: [
        {
          kind: "call",
          llm: index % 2,
          role: "",
          promptTokens: 200,
          outputTokens: 20,
          conversation: -1,
          retainTokens: 0,
          predecessorCount: 0,
          successors: [],
        },
      ],
    }),
    arrivals: { kind: "recorded", times, drain: 3600 },
    controller,
    observer: { onExecutionEnd: (execution) => ended.push(execution) },
  });
  const requests = ended.map(({ requests: [request] }) => request!);
  return { ...outcome, ended, requests };
}
