/**
 * Sarathi-Serve as Vidur implements it: the token budget is the chunk size, and a request takes
 * the blocks of its whole prompt when it starts, above the watermark.
 */

import type { SchedulingPolicy } from "./policy.ts";
import { vllm } from "./vllm.ts";

/** The rules of Vidur's Sarathi scheduler. */
export const sarathi: SchedulingPolicy = {
  ...vllm,
  reservedTokens: (_computed, prefill) => prefill,
};
