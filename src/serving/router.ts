/**
 * Which replica of an LLM gets a call: the one with the fewest outstanding tokens (prompt and
 * output of the calls sent to it that have not ended), the first one at a tie.
 */

import { assert } from "../errors.ts";
import type { Replica } from "./replica.ts";

/** The replica, of at least one, that a call goes to. */
export function leastOutstandingTokens(replicas: readonly Replica[]): Replica {
  let best = replicas[0];
  assert(best !== undefined, "an LLM has no replica");
  for (const replica of replicas) {
    if (replica.outstandingTokens < best.outstandingTokens) best = replica;
  }
  return best;
}
