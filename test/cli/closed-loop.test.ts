/**
 * Runs in which users start an execution when their last one has ended: predicted beside simulated,
 * exact, replayable, and refused where they make no sense.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { columnOf, differences, sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const BASE = "run --workload rag-reranker --cluster 1x2xH100";
const THINKING = `${BASE} --arrivals closed:40x1s --executions 600`;

/** Executions in flight at each arrival, itself among them. */
function inFlight(run: string): number[] {
  const arrivals = columnOf(at(run), "executions", "arrival_seconds") as number[];
  const ends = columnOf(at(run), "executions", "end_seconds") as number[];
  return arrivals.map((time, row) => {
    const others = arrivals.filter((other, of) => other <= time && ends[of]! > time && of !== row);
    return others.length + 1;
  });
}

test("users with think times make the predicted rate", async () => {
  const { stdout } = await simDone(folder, `${THINKING} --out thinking --json`);
  const { rate_per_second: rate, closed_loop, simulated, predicted, error } = JSON.parse(stdout);
  expect(closed_loop).toEqual({ users: 40, think_seconds: 1 });
  expect(rate * (1 + predicted.latency_mean_seconds)).toBeCloseTo(40, 0);
  expect(predicted.throughput_per_second).toBe(rate);
  expect(simulated.stable).toBe(true);
  expect(simulated.executions).toMatchObject({ arrived: 540, completed: 540, unfinished: 0 });
  expect(Math.abs(error.throughput)).toBeLessThan(0.1);
  expect(Math.abs(error.latency_mean)).toBeLessThan(0.15);
  expect(Math.max(...inFlight("thinking"))).toBeLessThanOrEqual(40);
});

test("stepwise and a replay of the saved trace give the same", async () => {
  await simDone(folder, `${THINKING} --out saved --save-trace saved.jsonl --quiet`);
  await simDone(folder, `${THINKING} --out stepwise --stepwise --quiet`);
  const differing = differences(at("saved"), at("stepwise"));
  expect(differing.filter((name) => name.endsWith(".arrow"))).toEqual([]);
  await simDone(folder, "replay saved.jsonl --plan saved/plan.yaml --out again --quiet");
  for (const column of ["arrival_seconds", "end_seconds"]) {
    expect(columnOf(at("again"), "executions", column)).toEqual(
      columnOf(at("saved"), "executions", column),
    );
  }
});

test("without think times all users are always there, until the time is over", async () => {
  const command = `${BASE} --arrivals closed:8 --duration 60s --warmup 10s --out busy --json`;
  const { simulated } = JSON.parse((await simDone(folder, command)).stdout);
  expect(simulated.warmup_seconds).toBeGreaterThanOrEqual(10);
  expect(new Set(inFlight("busy").slice(8))).toEqual(new Set([8]));
  const arrivals = columnOf(at("busy"), "executions", "arrival_seconds") as number[];
  expect(Math.max(...arrivals)).toBeLessThanOrEqual(60);
});

test("a rate that is given is the planner's", async () => {
  const command = `${BASE} --arrivals closed:8x1s --rate 5 --executions 50 --out given --json`;
  const { rate_per_second, closed_loop } = JSON.parse((await simDone(folder, command)).stdout);
  expect([rate_per_second, closed_loop.users]).toEqual([5, 8]);
});

test("plans are simulated with the users", async () => {
  const plan = "plan --workload rag-reranker --cluster 1x2xH100 --arrivals";
  const { stdout } = await simDone(folder, `${plan} closed:8x1s --refine 2 --json`);
  const { closed_loop, predicted } = JSON.parse(stdout);
  expect(closed_loop).toEqual({ users: 8, think_seconds: 1 });
  expect(predicted.latency_mean_seconds).toBeGreaterThan(0);
  const told = "predictions know the rate of --arrivals and nothing else of it: --refine simulates";
  expect((await simDone(folder, `${plan} gamma:3`)).stderr).toContain(told);
  expect((await simDone(folder, `${plan} gamma:3 --refine 2`)).stderr).not.toContain(told);
});

test.each([
  [
    "plan --workload rag-reranker=2/s,beam-search=1/s --cluster 1x8xH100 --arrivals closed:8",
    '--arrivals: "closed:8" does not go with several workloads',
  ],
  [
    "run --workload rag-reranker=2/s,beam-search=1/s --cluster 1x8xH100 --arrivals closed:8",
    '--arrivals: "closed:8" does not go with several workloads',
  ],
  [
    "replay saved.jsonl --plan saved/plan.yaml --rate 3 --arrivals closed:8",
    '--arrivals: "closed:8" does not go with --rate',
  ],
  [`${BASE} --arrivals closed:0`, '--arrivals: "closed:0" is not valid'],
])("is refused: %s", async (command, message) => {
  const { code, stderr } = await sim(folder, ...command.split(" "));
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

test("a sweep has users, but no part of the peak for them", async () => {
  const point = "workload: rag-reranker, cluster: 1x2xH100, executions: 50";
  writeFileSync(at("loads.yaml"), `grid: { ${point}, arrivals: "closed:8x1s", load: 0.5 }\n`);
  const refused = await sim(folder, "sweep", "loads.yaml");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('load does not go with arrivals "closed:8x1s"');
  writeFileSync(at("users.yaml"), `grid: { ${point}, arrivals: ["closed:2", "closed:8x1s"] }\n`);
  await simDone(folder, "sweep users.yaml --out swept --quiet --workers 1");
  const [two, eight] = columnOf(at("swept"), "points", "rate_per_second") as number[];
  expect(two).toBeGreaterThan(0);
  expect(eight).toBeGreaterThan(two!);
});
