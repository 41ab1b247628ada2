/** Replicas as routers see them, without anything behind them. */

import { KvCache } from "../../../../src/serving/kv-cache.ts";
import type { RoutableReplica } from "../../../../src/serving/routers/router.ts";

export const BLOCK_SIZE = 16;

/** A replica that holds `cached` full blocks of each conversation. */
export function replicaOf(
  index: number,
  outstandingTokens = 0,
  cached: Readonly<Record<number, number>> = {},
): RoutableReplica {
  const kv = new KvCache(10_000, BLOCK_SIZE);
  for (const [conversation, blocks] of Object.entries(cached)) {
    kv.take(blocks);
    kv.release({ conversation: Number(conversation) }, 0, blocks, blocks);
  }
  return { index, outstandingTokens, kvAtDelivery: () => kv };
}

/** Idle replicas of these indices. */
export function idleReplicas(...indices: number[]): RoutableReplica[] {
  return indices.map((index) => replicaOf(index));
}
