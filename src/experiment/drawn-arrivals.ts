/** Arrivals as a simulation takes them: an open process at a rate, or users of a closed loop. */

import { type ArrivalLimit, type ArrivalProcess, drawProcess } from "../workflow/arrivals.ts";
import { type ClosedLoop, drawThinkTimes } from "../workflow/closed-loop.ts";
import type { ExecutionFamily } from "../workflow/draw.ts";
import type { Arrivals } from "./simulate.ts";

/** What gaps, or think times, are drawn for. */
export interface DrawnFor {
  /** Executions per second; users of a closed loop make their own. */
  readonly rate: number;
  readonly limit: ArrivalLimit;
  readonly seed: number;
  readonly family: ExecutionFamily;
}

/** How executions come. */
export function drawArrivals(
  coming: ArrivalProcess | ClosedLoop,
  { rate, limit, seed, family }: DrawnFor,
): Exclude<Arrivals, { readonly kind: "recorded" }> {
  if (coming.kind !== "closed") {
    return { kind: "open", rate, limit, ...drawProcess(coming, seed, family) };
  }
  const { kind, users, think } = coming;
  return { kind, users, limit, think: drawThinkTimes(think, seed, family) };
}
