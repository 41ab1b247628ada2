/**
 * Any replica with equal probability. One number is drawn per call, so the draws follow from the
 * order of deliveries alone.
 */

import type { RandomSource } from "../../engine/random-streams.ts";
import type { Request } from "../request.ts";
import { type RoutableReplica, type Route, type Router, routeTo } from "./router.ts";

/** Routes by chance. */
export function createRandom(random: RandomSource): Router {
  return {
    choose<R extends RoutableReplica>(replicas: readonly R[], request: Request): Route<R> {
      return routeTo(replicas[Math.floor(random() * replicas.length)], request);
    },
  };
}
