/**
 * What scheduling policies differ in. The batcher composes every iteration in three steps: the
 * decodes, the prefills under way, then new requests in order; a policy bounds the last two. Its
 * answers may depend on nothing that changes within a run of decodes, or runs would not be exact.
 */

import type { Engine, SchedulingPolicyName } from "../../llm/engine.ts";
import { fcfsStatic } from "./fcfs-static.ts";
import { sarathi } from "./sarathi.ts";
import { vllm } from "./vllm.ts";

/** Rules of a scheduler; `engine` is the replica's. */
export interface SchedulingPolicy {
  /** Most prefill tokens of an iteration with `decodes` decodes. */
  prefillBudget(engine: Engine, decodes: number): number;
  /**
   * Whether one more request may start beside `running` ones, of which `before` ran already when
   * the iteration began to be composed.
   */
  mayAdmit(engine: Engine, running: number, before: number): boolean;
  /**
   * Tokens whose KV blocks a request takes when it starts. Until it decodes, it keeps them.
   * `computed` are in the cache after its first chunk, of `prefill` that it needs to decode and
   * `total` when it ends.
   */
  reservedTokens(computed: number, prefill: number, total: number): number;
}

const POLICIES: Record<SchedulingPolicyName, SchedulingPolicy> = {
  vllm,
  sarathi,
  "fcfs-static": fcfsStatic,
};

/** The policy of an engine. */
export function policyOf(engine: Engine): SchedulingPolicy {
  return POLICIES[engine.policy];
}
