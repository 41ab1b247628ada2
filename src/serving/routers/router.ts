/**
 * Which replica of an LLM gets a call. A router is made per LLM and run; it decides when the call
 * has crossed the network, before the replicas decide at that instant what to run.
 */

import { assert } from "../../errors.ts";
import type { Replica } from "../replica.ts";
import type { Request } from "../request.ts";

/** What a router may know of a replica: the same in stepwise and coalesced runs. */
export type RoutableReplica = Pick<Replica, "index" | "outstandingTokens" | "kvAtDelivery">;

/** Where a call goes. */
export interface Route<R> {
  readonly replica: R;
  /** What the call adds to the replica's outstanding tokens. */
  readonly tokens: number;
}

/** Routes the calls of one LLM. */
export interface Router {
  /**
   * The route of a call; `replicas` are those that accept calls now, at least one, by ascending
   * index. Replicas may join and leave between calls.
   */
  choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R>;
}

/** Tokens of a call that a replica would have to compute: all but those that it has cached. */
export function tokensToCompute(replica: RoutableReplica, request: Request): number {
  const { promptTokens, outputTokens, conversation, origin } = request;
  if (conversation < 0 && origin === undefined) return promptTokens + outputTokens;
  const kv = replica.kvAtDelivery();
  const cached = kv.cachedBlocks(request) * kv.blockSize;
  return Math.max(1, promptTokens - cached) + outputTokens;
}

/** The route to a replica that was chosen whatever it has cached. */
export function routeTo<R extends RoutableReplica>(
  replica: R | undefined,
  request: Request,
): Route<R> {
  assert(replica !== undefined, "an LLM has no replica");
  return { replica, tokens: tokensToCompute(replica, request) };
}
