/**
 * Two workflows at once: planned together, measured each apart, on LLMs of their own or shared.
 */

import { describe, expect, test } from "vitest";
import { type RunRequest, run } from "../../../src/experiment/run.ts";
import { scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { mixOf, sharings } from "../../../src/workflow/mix.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { always, call, spread, workflowOf } from "../workflow/programs.ts";

const short = { ...workflowOf([call({ prompt: spread, output: always(8) })]), name: "short" };
const long = {
  ...workflowOf([
    call({ prompt: spread, output: always(60) }),
    call({ llm: "b", prompt: spread, output: always(4) }),
  ]),
  name: "long",
};

/** The mix at some rates, with one model for every LLM. */
function requestAt(rates: readonly [number, number], layers = 0.25): RunRequest {
  const model = layered("model", layers);
  const mix = mixOf([
    { workflow: short, rate: rates[0] },
    { workflow: long, rate: rates[1] },
  ]);
  const [own, ...shared] = sharings(
    mix,
    mix.llms.map(({ name }) => (name.endsWith("/b") ? name : "small")),
  ).map((workflow) => {
    const llms = workflow.llms.map(({ name }) => ({ name, model, engine: testEngine }));
    return { workflow, llms };
  });
  return {
    ...own!,
    sharings: shared,
    cluster: testCluster(1, 2),
    seed: 1,
    planner: scepsyPlanner,
    rate: rates[0] + rates[1],
    limit: { executions: 200 },
    warmup: { fraction: 0.1 },
    sampleInterval: 1,
    isStepwise: false,
  };
}

const quiet = () => {};

describe("two workflows at once", async () => {
  const { summary, evaluation } = await run(requestAt([6, 2]), quiet);
  const { workflows, simulated, predicted } = summary;

  test("are predicted and simulated each apart, at rates of their own", () => {
    expect(Object.keys(workflows!)).toEqual(["short", "long"]);
    const [ofShort, ofLong] = Object.values(workflows!);
    expect(ofShort!.rate_per_second).toBeCloseTo(6, 9);
    expect(ofLong!.rate_per_second).toBeCloseTo(2, 9);
    const latencies = [ofShort, ofLong].map((own) => own!.simulated.latency_seconds.mean!);
    expect(latencies[1]! / latencies[0]!).toBeGreaterThan(3);
    for (const { error } of [ofShort!, ofLong!]) {
      expect(Math.abs(error!.latency_mean!)).toBeLessThan(0.15);
    }
  });

  test("sum to what is said of all executions", () => {
    const own = Object.values(workflows!);
    const total = (of: (each: (typeof own)[number]) => number) =>
      own.reduce((sum, each) => sum + of(each), 0);
    expect(total((each) => each.simulated.executions.arrived)).toBe(simulated!.executions.arrived);
    expect(total((each) => each.simulated.throughput_per_second!)).toBeCloseTo(
      simulated!.throughput_per_second!,
      9,
    );
    const weighted = total(
      (each) => (each.rate_per_second / 8) * each.predicted!.latency_mean_seconds!,
    );
    expect(predicted!.latency_mean_seconds).toBeCloseTo(weighted, 9);
  });

  test("have their names in the table of executions", () => {
    const names = evaluation!.tables.executions.toArrow();
    expect(names).toBeDefined();
    expect([...evaluation!.ofWorkflows.keys()]).toEqual(["short", "long"]);
  });
});

test("two workflows share an LLM where there is no room for one each", {
  timeout: 20_000,
}, async () => {
  const { summary, planned } = await run(requestAt([1, 1], 2.6), quiet);
  const names = planned.served.llms.map(({ name }) => name);
  expect(names).toEqual(["short/a+long/a", "short/b", "long/b"]);
  expect(Object.keys(summary.plan.llms)).toEqual(names);
  expect(summary.simulated!.stable).toBe(true);
});
