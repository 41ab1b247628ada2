/**
 * A simulation is a function of its inputs and its seed: the same seed gives the same rows, down
 * to the tick, and another seed gives others. Two LLMs share two GPUs; one calls tools in a loop.
 */

import { describe, expect, test } from "vitest";
import type { Deployment } from "../../src/deployment/plan.ts";
import type { Distribution } from "../../src/engine/distributions.ts";
import { simulate } from "../../src/experiment/simulate.ts";
import { poissonGaps } from "../../src/workflow/arrivals.ts";
import { createExecutionSource } from "../../src/workflow/draw.ts";
import type { CallStep, Workflow } from "../../src/workflow/program.ts";
import { testCluster, testEngine, testModel } from "../unit/fixtures.ts";

/** A fresh object each: a distribution's stream is named by its place in the program. */
const lognormal = (median: number): Distribution => ({
  kind: "lognormal",
  mu: Math.log(median),
  sigma: 0.6,
});

const callOf = (llm: string): CallStep => ({
  kind: "call",
  role: llm,
  llm,
  prompt: lognormal(600),
  output: lognormal(80),
  conversation: "main",
  appends: true,
});

const workflow: Workflow = {
  name: "test",
  description: "",
  llms: ["planner", "worker"].map((name) => ({ name, model: "test-8b" })),
  conversations: [{ name: "main" }],
  steps: [
    callOf("planner"),
    {
      kind: "loop",
      count: { kind: "geometric", mean: 3 },
      steps: [
        {
          kind: "parallel",
          count: { kind: "uniform", low: 1, high: 4 },
          steps: [callOf("worker"), { kind: "tool", name: "search", latency: lognormal(0.3) }],
        },
        callOf("planner"),
      ],
    },
  ],
};

describe("two runs", () => {
  const [first, again, other] = [run(1), run(1), run(2)];

  test("see thousands of calls", () => expect(first!.calls.length).toBeGreaterThan(2000));

  test("with the same seed are the same", () => expect(again).toEqual(first));

  test("with another seed draw and measure something else", () => {
    expect(other!.hashes).not.toEqual(first!.hashes);
    expect(other!.calls).not.toEqual(first!.calls);
    expect(other!.spans).not.toEqual(first!.spans);
  });

  test("at another rate draw the same executions", () => {
    const faster = run(1, 4);
    expect(faster.hashes.toSorted()).toEqual(first!.hashes.toSorted());
    expect(faster.calls).not.toEqual(first!.calls);
  });

  test("stepwise and coalesced are the same", () => expect(run(1, 2, true)).toEqual(first));
});

function run(seed: number, rate = 2, isStepwise = false) {
  const calls: number[][] = [];
  const spans: unknown[] = [];
  const hashes: string[] = [];
  const samples: number[] = [];
  const outcome = simulate({
    deployment: sharedDeployment(),
    source: createExecutionSource(workflow, seed, "evaluate"),
    arrivals: {
      kind: "open",
      rate,
      unitGap: poissonGaps(seed, "evaluate"),
      limit: { executions: 300 },
    },
    isStepwise,
    sampleInterval: 1,
    observer: {
      onCallEnd: (_, step, request) => calls.push([step, ...requestRow(request)]),
      onExecutionEnd: ({ drawn }) => hashes.push(`${drawn.index} ${drawn.hash}`),
      onSpan: (span) => spans.push(Object.values(span)),
      onSample: (now, replicas) => {
        samples.push(now);
        for (const { replica } of replicas) samples.push(replica.kvAtSample().used);
      },
    },
  });
  return { calls, spans, hashes, samples, endTime: outcome.endTime };
}

/** The numbers of a request, in the order of its fields. */
function requestRow(request: object): number[] {
  return Object.values(request).filter((value) => typeof value === "number");
}

function sharedDeployment(): Deployment {
  const cluster = testCluster(1, 2);
  const half = cluster.gpus.map((gpu) => ({ gpus: [gpu], share: 0.5 }));
  const llms = workflow.llms.map(({ name }) => ({
    name,
    model: testModel,
    engine: testEngine,
    instances: half,
  }));
  return { cluster, llms };
}
