/**
 * An observer that is told of the first executions of a simulation alone, while the rest keep up
 * the load.
 */

import type { RunObserver } from "./simulate.ts";

/** Tells `observer` of the first `count` executions, and `onAll` when all of them have ended. */
export function observerOfFirst(
  count: number,
  observer: RunObserver,
  onAll: () => void,
): RunObserver {
  if (count === Infinity) return observer;
  let ended = 0;
  return {
    ...observer,
    onArrival: (execution, now, replicas) => {
      if (execution < count) observer.onArrival?.(execution, now, replicas);
    },
    onCallEnd: (execution, step, request) => {
      if (execution.drawn.index < count) observer.onCallEnd?.(execution, step, request);
    },
    onExecutionEnd: (execution) => {
      if (execution.drawn.index >= count) return;
      observer.onExecutionEnd(execution);
      if (++ended === count) onAll();
    },
  };
}
