/**
 * The critical path of executions whose steps are laid out by hand.
 */

import { describe, expect, test } from "vitest";
import { toSeconds, toTicks } from "../../../src/engine/ticks.ts";
import {
  addCriticalPath,
  callBefore,
  emptyBreakdown,
  lastCall,
} from "../../../src/experiment/critical-path.ts";
import type { RunningExecution } from "../../../src/workflow/execution-runner.ts";
import { endedExecution, endedRequest } from "./executions.ts";

/** Seconds by cause over executions. */
function breakdownOf(...executions: RunningExecution[]) {
  const total = emptyBreakdown();
  for (const execution of executions) addCriticalPath(execution, total);
  return Object.fromEntries(
    Object.entries(total).map(([cause, ticks]) => [cause, toSeconds(ticks)]),
  );
}

/** A call from 2 s to 8 s: network 0.25 + 0.25, queue 1, prefill 0.5, decode 4. */
const times = { submit: 2, arrival: 2.25, start: 3.25, firstToken: 3.75, finish: 7.75, end: 8 };
const lost = { lostInPrefill: toTicks(0.125), lostInDecode: toTicks(1) };

describe("addCriticalPath", () => {
  test("splits a call by what it waited for", () => {
    const request = endedRequest(times);
    const steps = [{ start: 2, end: 8, request }];
    expect(breakdownOf(endedExecution(0, [2, 8], { steps }))).toEqual({
      queue: 1,
      prefill: 0.5,
      decode: 4,
      interference: 0,
      network: 0.5,
      tool: 0,
    });
  });

  test("takes what neighbours cost out of prefill and decode", () => {
    const steps = [{ start: 2, end: 8, request: endedRequest(times, lost) }];
    expect(breakdownOf(endedExecution(0, [2, 8], { steps }))).toMatchObject({
      prefill: 0.375,
      decode: 3,
      interference: 1.125,
    });
  });

  test("follows the last predecessors back, and leaves out what ran beside them", () => {
    const steps = [
      { start: 0, end: 2 },
      { start: 2, end: 8, last: 0, request: endedRequest(times) },
      { start: 2, end: 5, last: 0 },
      { start: 8, end: 9, last: 1 },
    ];
    const { tool, ...rest } = breakdownOf(endedExecution(0, [0, 9], { steps }));
    expect(tool).toBe(3);
    expect(Object.values(rest).reduce((sum, part) => sum + part, 0)).toBe(6);
  });

  test("takes a call that was given up as far as it had come", () => {
    const given = { ...endedRequest(times, lost), isGivenUp: true };
    const queued = { ...given, startTime: -1, firstTokenTime: -1, finishTime: -1 };
    const steps = [
      { start: 2, end: 8, request: queued },
      // Its replica went on for a second after the client had gone.
      { start: 2, end: 8, last: 0, request: { ...given, finishTime: toTicks(9) } },
    ];
    expect(breakdownOf(endedExecution(0, [2, 8], { steps }))).toEqual({
      queue: 5.75 + 1,
      prefill: 0.5,
      decode: 4.25,
      interference: 0,
      network: 0.25 + 0.25,
      tool: 0,
    });
  });

  test("sums to the latencies of executions, in ticks", () => {
    const steps = [
      { start: 0, end: 2 },
      { start: 2, end: 8, last: 0, request: endedRequest(times, lost) },
      { start: 8, end: 8, last: 1 },
      { start: 8, end: 8.5, last: 2 },
    ];
    const execution = endedExecution(0, [0, 8.5], { steps });
    const total = emptyBreakdown();
    addCriticalPath(execution, total);
    addCriticalPath(execution, total);
    const ticks = Object.values(total).reduce((sum, part) => sum + part, 0);
    expect(ticks).toBe(2 * execution.endTime);
  });

  test("of an execution without steps is nothing", () => {
    expect(new Set(Object.values(breakdownOf(endedExecution(0, [1, 1]))))).toEqual(new Set([0]));
  });
});

describe("the calls of a critical path", () => {
  const request = endedRequest(times);
  const steps = [
    { start: 0, end: 2, request },
    { start: 2, end: 3, last: 0 },
    { start: 3, end: 8, last: 1, request },
    { start: 8, end: 9, last: 2 },
  ];

  test("are linked through tools, and end before the last tool", () => {
    const execution = endedExecution(0, [0, 9], { steps });
    expect(lastCall(execution)).toBe(2);
    expect(callBefore(execution, 2)).toBe(0);
    expect(callBefore(execution, 0)).toBe(-1);
  });

  test("have no end where the execution has none", () => {
    expect(lastCall(endedExecution(0, [0, 9], { steps, status: "unfinished" }))).toBe(-1);
  });
});
