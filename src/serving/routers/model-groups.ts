/**
 * Dispatch to a pool whose models take turns, after Aegaeon's grouping of requests: a call joins
 * calls of its model where they are already, as long as fewer than the group size are there, or has
 * GPUs that are idle; only otherwise it goes to GPUs with other models. Of those that it may go to it
 * takes the ones with the least work left over all models: tokens times bytes of weights.
 */

import { assert } from "../../errors.ts";
import type { Request } from "../request.ts";
import { type RoutableReplica, type Route, type Router, tokensToCompute } from "./router.ts";

/** What dispatch knows of the pool. */
export interface ModelGroupsOptions {
  readonly groupSize: number;
  /** Calls on a replica. */
  readonly callsOn: (replica: number) => number;
  /** Work left on the GPUs of a replica when so many tokens more come to it. */
  readonly workWith: (replica: number, tokens: number) => number;
}

/** Routes to the replicas of a pool. */
export function createModelGroups(options: ModelGroupsOptions): Router {
  const { groupSize, callsOn, workWith } = options;
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      const open = replicas.filter(({ index }) => {
        const calls = callsOn(index);
        return (calls > 0 && calls < groupSize) || workWith(index, 0) === 0;
      });
      let best: Route<R> | undefined;
      let leastWork = Number.POSITIVE_INFINITY;
      for (const replica of open.length > 0 ? open : replicas) {
        const tokens = tokensToCompute(replica, request);
        const work = workWith(replica.index, tokens);
        if (work >= leastWork) continue;
        best = { replica, tokens };
        leastWork = work;
      }
      assert(best !== undefined, "an LLM has no replica");
      return best;
    },
  };
}
