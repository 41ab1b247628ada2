/** What a replica is told when it is made. */

import type { Simulation } from "../engine/simulation.ts";
import type { Batcher } from "./batcher.ts";
import type { IterationCosts } from "./iteration-costs.ts";
import type { IterationSpan } from "./iteration-span.ts";
import type { Request } from "./request.ts";
import type { Tenancy } from "./tenancy.ts";

/** What a replica is made of and whom it tells. */
export interface ReplicaOptions {
  readonly index: number;
  readonly simulation: Simulation;
  readonly batcher: Batcher;
  readonly costs: IterationCosts;
  readonly tenancy: Tenancy;
  /** Most tokens of a request, prompt and output. */
  readonly contextLimit: number;
  /** Ticks until an idle replica begins. */
  readonly wakeTicks: number;
  readonly isStepwise: boolean;
  readonly onFinish: (request: Request) => void;
  /** No request is left. */
  readonly onIdle: () => void;
  /** It has paused, as it was told to. */
  readonly onPause: () => void;
  readonly onSpan: (span: IterationSpan) => void;
}
