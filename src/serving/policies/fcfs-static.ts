/**
 * Static batching, as engines did before continuous batching: the requests at hand form a batch,
 * their prompts are computed in one iteration, and none joins until the last of them has ended.
 * Each takes the blocks of its full length, so none is ever preempted. Padding is left out: a
 * request that has ended costs no more.
 */

import type { SchedulingPolicy } from "./policy.ts";

/** The rules of static batching, first come first served. */
export const fcfsStatic: SchedulingPolicy = {
  prefillBudget: () => Number.POSITIVE_INFINITY,
  mayAdmit: (engine, running, before) => before === 0 && running < engine.maxNumSeqs,
  reservedTokens: (_computed, _prefill, total) => total,
};
