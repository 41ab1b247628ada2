/**
 * Users of a closed loop: how many executions they have at once, when they come back, and when
 * arrivals are over.
 */

import { describe, expect, test } from "vitest";
import { OrderClass, Simulation } from "../../../src/engine/simulation.ts";
import { toSeconds, toTicks } from "../../../src/engine/ticks.ts";
import type { ArrivalLimit } from "../../../src/workflow/arrivals.ts";
import { drawThinkTimes, type ThinkTimes, Users } from "../../../src/workflow/closed-loop.ts";

/** Executions that take 2 s each, whoever starts them. */
function runUsers(users: number, limit: ArrivalLimit, think?: ThinkTimes) {
  const simulation = new Simulation();
  const arrivals: number[] = [];
  const lasts: number[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const loop = new Users({
    simulation,
    users,
    limit,
    think,
    onArrival: () => {
      const execution = arrivals.push(toSeconds(simulation.now)) - 1;
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      simulation.schedule(simulation.now + toTicks(2), OrderClass.toolEnd, execution);
    },
    onLast: () => lasts.push(toSeconds(simulation.now)),
  });
  simulation.onEvent(OrderClass.toolEnd, (execution) => {
    inFlight--;
    loop.goOn(execution);
  });
  loop.begin();
  simulation.run();
  return { arrivals, lasts, mostInFlight };
}

describe("users", () => {
  test("all begin at once and start the next execution as the last one ends", () => {
    const { arrivals, lasts, mostInFlight } = runUsers(3, { executions: 8 });
    expect(arrivals).toEqual([0, 0, 0, 2, 2, 2, 4, 4]);
    expect(lasts).toEqual([4]);
    expect(mostInFlight).toBe(3);
  });

  test("are fewer where fewer executions are asked for", () => {
    const { arrivals, lasts } = runUsers(5, { executions: 2 });
    expect([arrivals, lasts]).toEqual([[0, 0], [0]]);
  });

  test("think before their first execution and after each", () => {
    const think = { first: (user: number) => 10 * user, next: (execution: number) => execution };
    const { arrivals, lasts } = runUsers(2, { executions: 6 }, think);
    // User 0 at 0, 2+0 and 4+1; user 1 at 10; then whoever is first.
    expect(arrivals).toEqual([0, 2, 5, 9, 10, 14]);
    expect(lasts).toEqual([14]);
  });

  test("come until the time for arrivals is over, which ends them", () => {
    expect(runUsers(2, { duration: 4 })).toMatchObject({
      arrivals: [0, 0, 2, 2, 4, 4],
      lasts: [4],
    });
    const think = { first: () => 1, next: () => 3.5 };
    expect(runUsers(1, { duration: 10 }, think)).toMatchObject({ arrivals: [1, 6.5], lasts: [10] });
  });
});

describe("think times", () => {
  test("are exponential with their mean", () => {
    const { next } = drawThinkTimes(30, 1, "evaluate")!;
    const count = 10_000;
    const times = Array.from({ length: count }, (_, execution) => next(execution));
    const mean = times.reduce((sum, time) => sum + time, 0) / count;
    expect(Math.abs(mean / 30 - 1)).toBeLessThan(4 / Math.sqrt(count));
    const longer = times.filter((time) => time > 30).length / count;
    expect(Math.abs(longer - Math.exp(-1))).toBeLessThan(4 * Math.sqrt(0.2325 / count));
  });

  test("belong to the execution and the user, the seed and the family", () => {
    const { first, next } = drawThinkTimes(30, 1, "evaluate")!;
    next(7);
    expect(next(3)).toBe(drawThinkTimes(30, 1, "evaluate")!.next(3));
    const others = [drawThinkTimes(30, 2, "evaluate")!, drawThinkTimes(30, 1, "trace")!];
    const times = [next(3), first(3), ...others.map((other) => other.next(3))];
    expect(new Set(times).size).toBe(4);
  });

  test("of nothing are none", () => expect(drawThinkTimes(0, 1, "evaluate")).toBeUndefined());
});
