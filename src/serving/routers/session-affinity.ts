/**
 * Every call of a conversation goes to one replica, and every call without one to the replica of
 * its workflow execution. Which one is decided by rendezvous hashing (highest random weight): no
 * session is remembered, and a replica that joins or leaves moves only the sessions that it
 * gains or loses. Load plays no part.
 */

import type { Request } from "../request.ts";
import { type RoutableReplica, type Route, type Router, routeTo } from "./router.ts";

/** Routes by hash; `sessionOf` tells the session of a call that has no conversation. */
export function createSessionAffinity(sessionOf: (entity: number) => number): Router {
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      const { conversation, entity } = request;
      const hash = hashOf(conversation >= 0 ? 2 * conversation : 2 * sessionOf(entity) + 1);
      let best: R | undefined;
      let bestWeight = -1;
      for (const replica of replicas) {
        const weight = mix(hash ^ Math.imul(replica.index + 1, GOLDEN_RATIO));
        if (weight <= bestWeight) continue;
        best = replica;
        bestWeight = weight;
      }
      return routeTo(best, request);
    },
  };
}

const WORD = 2 ** 32;

/** 2³² over the golden ratio: spreads consecutive numbers over all bits. */
const GOLDEN_RATIO = 0x9e3779b9;

/** 32 bits of a whole number below 2^53. */
function hashOf(value: number): number {
  return mix(mix(value % WORD) ^ Math.floor(value / WORD));
}

/** The finaliser of MurmurHash3 (public domain): every bit of the word decides every other. */
function mix(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
