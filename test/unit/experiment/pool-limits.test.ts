import { expect, test } from "vitest";
import { saturatedPools } from "../../../src/experiment/pool-limits.ts";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import { loop, tool, workflowOf } from "../workflow/programs.ts";

/** Three tools of a second in an execution. */
const steps = [loop(3, tool({ pool: "api" }))];

const warnings = (pool: { capacity?: number; interval?: number }, rate: number) => {
  const toolPools = [{ name: "api", capacity: Infinity, interval: 0, ...pool }];
  const source = createExecutionSource({ ...workflowOf(steps), toolPools }, 1, "evaluate");
  return saturatedPools(source, rate);
};

test("a pool is said to be too small when more is offered than it serves", () => {
  expect(warnings({ capacity: 6 }, 2)).toEqual([]);
  expect(warnings({ capacity: 6 }, 2.1)).toEqual([
    "the tool pool api serves about 2.00/s at most, and 2.10/s are offered: " +
      "predictions do not know that",
  ]);
});

test("its rate limits it too", () => {
  expect(warnings({ interval: 0.5 }, 0.66)).toEqual([]);
  expect(warnings({ interval: 0.5, capacity: 1 }, 0.4)).toHaveLength(1);
  expect(warnings({ interval: 0.5 }, 0.67)).toHaveLength(1);
});
