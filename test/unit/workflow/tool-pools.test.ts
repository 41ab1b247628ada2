/**
 * Tools that share a pool: places, a rate, order of coming; and fan-out of which the first few
 * are waited for.
 */

import { describe, expect, test } from "vitest";
import { OrderClass, Simulation } from "../../../src/engine/simulation.ts";
import { toSeconds } from "../../../src/engine/ticks.ts";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import { ExecutionRunner, type RunningExecution } from "../../../src/workflow/execution-runner.ts";
import type { Step, ToolPool } from "../../../src/workflow/program.ts";
import { parallel, tool, workflowOf } from "./programs.ts";

const EMPIRICAL = [1, 2, 3, 4, 5, 6, 7, 8];

/** Executions of tools alone that start at these seconds, run to their end. */
function run(steps: readonly Step[], pool: Partial<ToolPool>, starts: readonly number[]) {
  const toolPools = [{ name: "pool", capacity: Infinity, interval: 0, ...pool }];
  const source = createExecutionSource({ ...workflowOf(steps), toolPools }, 1, "evaluate");
  const simulation = new Simulation();
  const ended: RunningExecution[] = [];
  const runner = new ExecutionRunner({
    simulation,
    submit: () => {
      throw new Error("there are no calls");
    },
    giveUp: () => {},
    onExecutionEnd: (execution) => ended.push(execution),
  });
  simulation.onEvent(OrderClass.arrival, (index) => runner.start(source(index)));
  starts.forEach((start, index) => {
    simulation.schedule(start * 2 ** 33, OrderClass.arrival, index);
  });
  simulation.run();
  return ended.sort((a, b) => a.drawn.index - b.drawn.index);
}

const ends = (executions: readonly RunningExecution[], second: number) =>
  executions.map(({ endTime }) => endTime / second);
/** A tool of one second, in units of which the tests count; the starts above are in it too. */
const SECOND = 2 ** 33;
const oneSecond = toSeconds(SECOND);
const pooled = tool({ pool: "pool", latency: { kind: "constant", value: oneSecond } });

describe("a pool", () => {
  test("runs as many tools at once as it has places, in order of coming", () => {
    expect(ends(run([pooled], { capacity: 2 }, [0, 0.25, 0.5, 0.75, 5]), SECOND)).toEqual([
      1, 1.25, 2, 2.25, 6,
    ]);
  });

  test("starts tools no sooner than its rate allows", () => {
    const slow = { interval: 2 * oneSecond };
    expect(ends(run([pooled], slow, [0, 0, 0, 9]), SECOND)).toEqual([1, 3, 5, 10]);
  });

  test("with both serves at the slower of the two", () => {
    const both = { capacity: 1, interval: oneSecond / 4 };
    expect(ends(run([pooled], both, [0, 0, 0]), SECOND)).toEqual([1, 2, 3]);
  });

  test("is not waited for by tools outside it", () => {
    const [first, second] = run([parallel(2, pooled), tool()], { capacity: 1 }, [0, 0]);
    expect(first!.endTimes.length).toBe(second!.endTimes.length);
    expect(ends([second!], SECOND)[0]).toBeCloseTo(4 + toSeconds(1) / oneSecond + 1 / oneSecond, 6);
  });
});

describe("fan-out of which the first three are waited for", () => {
  const latency = { kind: "empirical", values: EMPIRICAL } as const;
  const place = { pool: "pool" };
  const race = (cancels: boolean): Step => ({
    kind: "parallel",
    count: { kind: "constant", value: 6 },
    join: 3,
    cancels,
    steps: [tool({ latency, ...place }), tool({ name: "second", latency })],
  });
  const after = tool({ name: "after" });
  const outcome = (cancels: boolean) => {
    const executions = run(
      [race(cancels), after],
      { capacity: 4 },
      [...Array(40).keys()].map((n) => n * 100),
    );
    return executions.map(({ drawn, startTimes, endTimes, endTime, status, givenUp }) => {
      const of = (name: string) => drawn.steps.flatMap((s, n) => (nameOf(s) === name ? [n] : []));
      const seconds = of("second").map((n) => endTimes[n]!);
      const started = of("second").filter((n) => startTimes[n]! >= 0).length;
      const [last] = of("after");
      const times = { after: startTimes[last!]!, afterEnd: endTimes[last!]! };
      return { seconds, started, status, endTime, givenUp, ...times };
    });
  };
  const nameOf = (step: object) => ("name" in step ? step.name : "");

  test("goes on when three have ended, and the others run on", () => {
    for (const { seconds, started, status, after: start } of outcome(false)) {
      expect(start).toBe([...seconds].sort((a, b) => a - b)[2]);
      expect([started, status]).toEqual([6, "completed"]);
    }
  });

  test("with cancel, gives the others up at once, and ends without them", () => {
    const all = outcome(true);
    const counts = new Set(all.map(({ started }) => started));
    expect(Math.min(...counts)).toBeLessThan(6);
    for (const { seconds, after: start, afterEnd, endTime, givenUp, status } of all) {
      expect(status).toBe("completed");
      const ended = seconds.filter((end) => end >= 0).sort((a, b) => a - b);
      expect(ended[2]).toBe(start);
      expect(ended.at(-1)).toBe(start);
      expect(givenUp.length).toBeGreaterThan(0);
      expect(endTime).toBe(afterEnd);
    }
  });

  test("frees the places of those that are given up", () => {
    const all: Step[] = [
      race(true),
      tool({ ...place, latency: { kind: "constant", value: oneSecond } }),
    ];
    for (const { drawn, startTimes, endTimes } of run(all, { capacity: 1 }, [0])) {
      const last = drawn.steps.length - 1;
      expect(endTimes[last]! - startTimes[last]!).toBe(SECOND);
    }
  });
});
