/**
 * The replica with the longest cached prefix of the call, among those that are not too far behind:
 * their outstanding tokens exceed the fewest of any replica by `MAX_LEAD` at most. Equal prefixes,
 * also none, go to the replica with fewer outstanding tokens.
 */

import type { Request } from "../request.ts";
import {
  type RoutableReplica,
  type Route,
  type Router,
  routeTo,
  tokensToCompute,
} from "./router.ts";

/** Outstanding tokens that a cached prefix may cost: two full prefill iterations. Our choice. */
export const MAX_LEAD = 16_384;

/** Routes by cached prefix within bounded imbalance; the lowest index among equals. */
export function createPrefixAffinity(): Router {
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      let leastOutstanding = Number.POSITIVE_INFINITY;
      for (const { outstandingTokens } of replicas) {
        leastOutstanding = Math.min(leastOutstanding, outstandingTokens);
      }
      let best: R | undefined;
      let leastTokens = Number.POSITIVE_INFINITY;
      for (const replica of replicas) {
        if (replica.outstandingTokens > leastOutstanding + MAX_LEAD) continue;
        const tokens = tokensToCompute(replica, request);
        const isLess = best === undefined || replica.outstandingTokens < best.outstandingTokens;
        if (tokens > leastTokens || (tokens === leastTokens && !isLess)) continue;
        best = replica;
        leastTokens = tokens;
      }
      return routeTo(best, request);
    },
  };
}
