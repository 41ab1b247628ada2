/**
 * Dispatch to a pool whose models take turns. As in Aegaeon, calls of a model gather where it is at
 * work, to save switches: GPUs where it has neither its turn nor calls are taken only when the
 * others are further behind, by so many calls like this one. Work is counted over all models on the
 * GPUs: tokens times the bytes of weights that are read for them.
 */

import { assert } from "../../errors.ts";
import type { Request } from "../request.ts";
import { type RoutableReplica, type Route, type Router, tokensToCompute } from "./router.ts";

/** What dispatch knows of the pool. */
export interface ModelGroupsOptions {
  /** Calls by which GPUs with the model may be further behind than others. */
  readonly affinity: number;
  /** Whether a replica has its turn or calls. */
  readonly isAtWork: (replica: number) => boolean;
  /** Work left on the GPUs of a replica when so many tokens more come to it. */
  readonly workWith: (replica: number, tokens: number) => number;
}

/** Routes to the replicas of a pool. */
export function createModelGroups(options: ModelGroupsOptions): Router {
  const { affinity, isAtWork, workWith } = options;
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      let best: Route<R> | undefined;
      let leastWork = Number.POSITIVE_INFINITY;
      for (const replica of replicas) {
        const tokens = tokensToCompute(replica, request);
        const calls = isAtWork(replica.index) ? 1 : 1 + affinity;
        const work = workWith(replica.index, calls * tokens);
        if (work >= leastWork) continue;
        best = { replica, tokens };
        leastWork = work;
      }
      assert(best !== undefined, "an LLM has no replica");
      return best;
    },
  };
}
