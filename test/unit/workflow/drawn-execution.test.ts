/**
 * Run-wide numbers of steps.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fromStepEntity,
  MAX_EXECUTIONS,
  MAX_STEPS,
  stepEntity,
} from "../../../src/workflow/drawn-execution.ts";

const executions = fc.integer({ min: 0, max: MAX_EXECUTIONS - 1 });
const steps = fc.integer({ min: 0, max: MAX_STEPS - 1 });

test("a step's number gives back its execution and step", () => {
  fc.assert(
    fc.property(executions, steps, (execution, step) => {
      const entity = stepEntity(execution, step);
      expect(Number.isSafeInteger(entity)).toBe(true);
      expect(fromStepEntity(entity)).toEqual({ execution, step });
    }),
  );
  const last = { execution: MAX_EXECUTIONS - 1, step: MAX_STEPS - 1 };
  expect(fromStepEntity(stepEntity(last.execution, last.step))).toEqual(last);
});

test("numbers go by execution, then by step", () => {
  expect(stepEntity(0, MAX_STEPS - 1)).toBeLessThan(stepEntity(1, 0));
  expect(stepEntity(3, 4)).toBeLessThan(stepEntity(3, 5));
});
