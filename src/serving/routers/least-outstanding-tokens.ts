/**
 * The replica left with the fewest outstanding tokens. Of a call only the tokens count that the
 * replica has not cached, so a conversation returns to the replica that holds its context unless
 * that one is further behind than the context is long.
 */

import { assert } from "../../errors.ts";
import type { Request } from "../request.ts";
import { type RoutableReplica, type Route, type Router, tokensToCompute } from "./router.ts";

/** Routes by outstanding tokens, the call's own included; the lowest index among equals. */
export function createLeastOutstandingTokens(): Router {
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      let best: R | undefined;
      let tokensOfBest = 0;
      let leastOutstanding = Number.POSITIVE_INFINITY;
      const { outputTokens } = request;
      for (const replica of replicas) {
        // Whatever it has cached: a prompt's last token is computed, and the output.
        if (replica.outstandingTokens + 1 + outputTokens >= leastOutstanding) continue;
        const tokens = tokensToCompute(replica, request);
        if (replica.outstandingTokens + tokens >= leastOutstanding) continue;
        best = replica;
        tokensOfBest = tokens;
        leastOutstanding = replica.outstandingTokens + tokens;
      }
      assert(best !== undefined, "an LLM has no replica");
      return { replica: best, tokens: tokensOfBest };
    },
  };
}
