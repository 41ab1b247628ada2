/**
 * What holds in every simulation, whatever it is made of: nothing gets lost, nothing is left
 * over, and every tick of a completed execution is accounted for.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { addCriticalPath, emptyBreakdown } from "../../../src/experiment/critical-path.ts";
import type { Request } from "../../../src/serving/request.ts";
import { requestsOf, runWorld, worldArbitrary } from "./random-runs.ts";

const RUNS = { seed: 21, numRuns: 100 };

test("every execution arrives once and ends as completed, failed or unfinished", () => {
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      const { executions, arrived } = runWorld(world, false);
      expect(arrived).toBe(world.executions.length);
      expect(executions.map(({ index }) => index).sort()).toEqual([...world.executions.keys()]);
      for (const { status, endTime, arrivalTime, requests } of executions) {
        expect(endTime >= arrivalTime).toBe(status !== "unfinished");
        const failed = requests.some((request) => request?.status === "failed");
        if (status === "completed") expect(failed).toBe(false);
        if (status === "failed") expect(failed).toBe(true);
      }
    }),
    RUNS,
  );
});

test("every call of an LLM is completed, failed, or still with a replica or the network", () => {
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      const run = runWorld(world, false);
      const requests = requestsOf(run);
      const onReplicas = run.leftovers.reduce((sum, [count]) => sum + count!, 0);
      const isThere = ({ arrivalTime, finishTime }: Request) => arrivalTime >= 0 && finishTime < 0;
      expect(requests.filter(isThere).length).toBe(onReplicas);
      for (const request of requests) {
        const { submitTime, arrivalTime, startTime, firstTokenTime, finishTime, endTime } = request;
        if (request.status !== "completed" || endTime < 0) continue;
        const instants = [submitTime, arrivalTime, startTime, firstTokenTime, finishTime, endTime];
        expect(instants).toEqual([...instants].sort((a, b) => a - b));
        expect(request.lostInPrefill).toBeGreaterThanOrEqual(0);
        expect(request.lostInDecode).toBeGreaterThanOrEqual(0);
        expect(request.lostInPrefill).toBeLessThanOrEqual(firstTokenTime - startTime);
        expect(request.lostInDecode).toBeLessThanOrEqual(finishTime - firstTokenTime);
      }
    }),
    RUNS,
  );
});

test("a replica without requests holds no KV block and has no token outstanding", () => {
  let emptied = 0;
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      for (const [requests, tokens, used] of runWorld(world, false).leftovers) {
        if (requests! > 0) continue;
        emptied++;
        expect([used, tokens]).toEqual([0, 0]);
      }
    }),
    RUNS,
  );
  expect(emptied).toBeGreaterThan(RUNS.numRuns);
});

test("the critical path of a completed execution sums to its latency", () => {
  let completed = 0;
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      runWorld(world, false, (execution) => {
        if (execution.status !== "completed") return;
        const breakdown = emptyBreakdown();
        addCriticalPath(execution, breakdown);
        const parts = Object.values(breakdown);
        for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
        const sum = parts.reduce((total, part) => total + part, 0);
        expect(sum).toBe(execution.endTime - execution.arrivalTime);
        completed++;
      });
    }),
    RUNS,
  );
  expect(completed).toBeGreaterThan(RUNS.numRuns);
});

test("the spans of a replica do not overlap, and cover its busy time", () => {
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      const { spans, leftovers } = runWorld(world, false);
      leftovers.forEach(([requests, , , busyTicks], replica) => {
        const own = spans.filter((span) => span.replica === replica);
        let busy = 0;
        own.forEach(({ startTime, endTime }, index) => {
          expect(endTime).toBeGreaterThan(startTime);
          if (index > 0) expect(startTime).toBeGreaterThanOrEqual(own[index - 1]!.endTime);
          busy += endTime - startTime;
        });
        if (requests === 0) expect(busyTicks).toBe(busy);
      });
    }),
    RUNS,
  );
});

test("replicas that take turns never run at once", () => {
  let turns = 0;
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      const groups = world.gpuCount;
      const { spans } = runWorld({ ...world, turnTp: 1 }, false);
      for (let group = 0; group < groups; group++) {
        const own = spans.filter(({ replica }) => replica % groups === group);
        own.sort((a, b) => a.startTime - b.startTime);
        for (let index = 1; index < own.length; index++) {
          const before = own[index - 1]!;
          const after = own[index]!;
          expect(after.startTime).toBeGreaterThanOrEqual(before.endTime);
          if (after.replica !== before.replica) turns++;
        }
      }
    }),
    { ...RUNS, numRuns: 2 * RUNS.numRuns },
  );
  expect(turns).toBeGreaterThan(RUNS.numRuns / 2);
});
