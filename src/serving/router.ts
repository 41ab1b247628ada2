/**
 * Which replica of an LLM gets a call: the one left with the fewest outstanding tokens. Of a call
 * only the tokens count that the replica has not cached, so a conversation returns to the replica
 * that holds its context unless that one is too far behind.
 */

import { assert } from "../errors.ts";
import type { Replica } from "./replica.ts";
import type { Request } from "./request.ts";

/** The replica, of at least one, that a call goes to; sets what the call adds to its tokens. */
export function leastOutstandingTokens(replicas: readonly Replica[], request: Request): Replica {
  let best: Replica | undefined;
  let leastTokens = Number.POSITIVE_INFINITY;
  for (const replica of replicas) {
    const tokens = tokensToCompute(replica, request);
    if (replica.outstandingTokens + tokens >= leastTokens) continue;
    best = replica;
    leastTokens = replica.outstandingTokens + tokens;
    request.routedTokens = tokens;
  }
  assert(best !== undefined, "an LLM has no replica");
  return best;
}

function tokensToCompute(replica: Replica, request: Request): number {
  const { promptTokens, outputTokens, conversation } = request;
  if (conversation < 0) return promptTokens + outputTokens;
  const kv = replica.kvAtDelivery();
  const cached = kv.cachedBlocks(conversation) * kv.blockSize;
  return Math.max(1, promptTokens - cached) + outputTokens;
}
