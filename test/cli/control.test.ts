/** Plans with a controller, end to end: replicas come, or take turns, while the run goes on. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { columnOf, differences, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();

const PLAN = `cluster: 1x4xH100
router: round-robin
control:
  kind: hpa
  interval: 2 s
  target_calls: { reranker: 6, generator: 6 }
  max_replicas: 2
llms:
  reranker:
    model: reranker-0.6b
    replicas:
      - { gpus: [node0/gpu0], share: 1 }
  generator:
    model: llama-3.1-8b
    replicas:
      - { gpus: [node0/gpu1], share: 1 }
`;

const RUN = "run --workload rag-reranker --plan plan.yaml --json";

/** Runs with options, and returns its document. */
async function run(out: string, options: string) {
  writeFileSync(join(here, "plan.yaml"), PLAN);
  const { stdout } = await simDone(here, `${RUN} --out ${out} ${options}`);
  return JSON.parse(stdout);
}

test("calls go to replicas that were not in the plan, once they have started", async () => {
  const { simulated } = await run("scaled", "--rate 25/s --duration 90s");
  const replicas = columnOf(join(here, "scaled"), "calls", "replica").map(Number);
  const starts = columnOf(join(here, "scaled"), "calls", "start_seconds").map(Number);
  const added = starts.filter((_, row) => replicas[row]! >= 2);
  expect(added.length).toBeGreaterThan(100);
  // An engine of 34.1 s to start, behind a decision that comes after 2 s at least.
  expect(Math.min(...added)).toBeGreaterThan(36.1);
  for (const { utilization } of Object.values<{ utilization: number }>(simulated.llms)) {
    expect(utilization).toBeGreaterThan(0);
    expect(utilization).toBeLessThanOrEqual(1);
  }
});

test("replicas that come after the last arrival leave no figure undefined", async () => {
  const { simulated } = await run("late", "--rate 40/s --executions 200");
  const replicas = columnOf(join(here, "late"), "gpus", "gpu");
  expect(new Set(replicas).size).toBe(4);
  expect(simulated.gpus.count).toBeGreaterThan(2);
  expect(simulated.gpus.utilization_mean).toBeGreaterThan(0);
});

test("--stepwise leaves the same bytes", async () => {
  await run("coalesced", "--rate 25/s --executions 1500");
  const replicas = columnOf(join(here, "coalesced"), "calls", "replica").map(Number);
  expect(Math.max(...replicas)).toBeGreaterThan(1);
  await run("stepwise", "--rate 25/s --executions 1500 --stepwise");
  expect(differences(join(here, "coalesced"), join(here, "stepwise"))).toEqual(["manifest.json"]);
});

test("models that take turns leave the same bytes with --stepwise, and all calls end", async () => {
  const workload = "--workload rag-reranker --cluster 1x1xH100 --rate 3/s --executions 300";
  const run = (options: string) =>
    simDone(here, `run ${workload} --planner aegaeon --json --out ${options}`);
  const { stdout } = await run("turns");
  const { simulated } = JSON.parse(stdout);
  expect(simulated.executions.completed).toBe(300 - 30);
  expect(simulated.breakdown.interference).toBeGreaterThan(0);
  await run("turns-stepwise --stepwise");
  expect(differences(join(here, "turns"), join(here, "turns-stepwise"))).toEqual(["manifest.json"]);
});
