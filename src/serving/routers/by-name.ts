/**
 * The routers by the names that plans give them.
 */

import type { RouterName } from "../../deployment/plan.ts";
import { randomStream } from "../../engine/random-streams.ts";
import { createLeastOutstandingTokens } from "./least-outstanding-tokens.ts";
import { createPrefixAffinity } from "./prefix-affinity.ts";
import { createRandom } from "./random.ts";
import { createRoundRobin } from "./round-robin.ts";
import type { Router } from "./router.ts";
import { createSessionAffinity } from "./session-affinity.ts";

/** What a router is made for. */
export interface RouterOptions {
  /** The LLM's name: names its random stream. */
  readonly llm: string;
  /** Master seed of the run. */
  readonly seed: number;
  /** What the calls of one workflow execution have in common, by the number of a call. */
  readonly sessionOf: (entity: number) => number;
}

const ROUTERS: Record<RouterName, (options: RouterOptions) => Router> = {
  "least-outstanding-tokens": createLeastOutstandingTokens,
  "round-robin": createRoundRobin,
  random: ({ seed, llm }) => createRandom(randomStream(seed, `router/${llm}`)),
  "prefix-affinity": createPrefixAffinity,
  "session-affinity": ({ sessionOf }) => createSessionAffinity(sessionOf),
};

/** A router for one LLM in one run. */
export function createRouter(name: RouterName, options: RouterOptions): Router {
  return ROUTERS[name](options);
}
