/**
 * One replica after another, whatever they have to do. The turn is kept as the index of the
 * replica that was last: one that leaves is skipped, one that joins has its turn in order.
 */

import type { Request } from "../request.ts";
import { type RoutableReplica, type Route, type Router, routeTo } from "./router.ts";

/** Routes to the replicas in turn, starting with the first. */
export function createRoundRobin(): Router {
  let last = -1;
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      const route = routeTo(replicas.find(({ index }) => index > last) ?? replicas[0], request);
      last = route.replica.index;
      return route;
    },
  };
}
