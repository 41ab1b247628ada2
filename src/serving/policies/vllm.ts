/**
 * vLLM v1: decodes and prefill chunks share one token budget; a request joins as soon as the
 * blocks of its first chunk are free.
 */

import type { SchedulingPolicy } from "./policy.ts";

/** The rules of vLLM v1's scheduler. */
export const vllm: SchedulingPolicy = {
  prefillBudget: (engine, decodes) => engine.maxNumBatchedTokens - decodes,
  mayAdmit: (engine, running) => running < engine.maxNumSeqs,
  reservedTokens: (computed) => computed,
};
