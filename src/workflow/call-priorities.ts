/**
 * Priorities of calls by what a workflow-aware scheduler knows: which execution a call belongs to
 * and its depth, the most steps on a way from it to the end. After Ayo (Teola, ASPLOS '25), whose
 * engines batch by query in order of arrival and by depth within a query; `nearest-end` turns that
 * round and takes the calls after which least is left, of all executions. The depth is the drawn
 * execution's: where loops and branches are still to be decided, that is more than a scheduler can
 * know. Priorities of the workflow itself are not used.
 */

import type { ExecutionSource } from "./draw.ts";
import { type DrawnExecution, MAX_EXECUTIONS, MAX_STEPS } from "./drawn-execution.ts";

/** Whose calls go first. */
export type CallOrder = "oldest-first" | "nearest-end";

/** The executions of `source` with calls in this order. */
export function prioritized(source: ExecutionSource, order: CallOrder): ExecutionSource {
  return (index) => {
    const execution = source(index);
    const depths = stepDepths(execution);
    const steps = execution.steps.map((step, position) => {
      if (step.kind !== "call") return step;
      const depth = depths[position]!;
      const priority =
        order === "oldest-first"
          ? execution.index * MAX_STEPS + (MAX_STEPS - 1 - depth)
          : depth * MAX_EXECUTIONS + execution.index;
      return { ...step, priority };
    });
    return { ...execution, steps };
  };
}

/** By step: the most steps that follow one another after it; joins are none. */
function stepDepths({ steps }: DrawnExecution): number[] {
  const depths = new Array<number>(steps.length).fill(0);
  for (let position = steps.length - 1; position >= 0; position--) {
    for (const successor of steps[position]!.successors) {
      const own = steps[successor]!.kind === "join" ? 0 : 1;
      depths[position] = Math.max(depths[position]!, depths[successor]! + own);
    }
  }
  return depths;
}
