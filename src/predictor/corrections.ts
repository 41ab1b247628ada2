/** What alp+ corrects in the paper's pipeline; each can be left out, to see what it is worth. */

/** Each a way in which alp+ goes beyond the paper; without all it is a sum of unions. */
export interface Corrections {
  /** Time of tools. */
  readonly tools: boolean;
  /** Calls and tools that overlap in the traces; without, LLMs and tools follow one another. */
  readonly overlap: boolean;
  /** Prefill and decode stretch apart, so calls of different roles do; without, all calls alike. */
  readonly roles: boolean;
  /** Tenants of a GPU slow one another down. */
  readonly interference: boolean;
  /** Contexts are evicted where a replica has less memory than it was profiled with. */
  readonly memory: boolean;
  /** All replicas of an LLM are profiled together; without, one with its part of the calls. */
  readonly replicas: boolean;
  /** Executions that move from LLM to LLM in step, and crowds by feedback, bound the peak. */
  readonly waves: boolean;
}

/** All of them. */
export const ALL_CORRECTIONS: Corrections = {
  tools: true,
  overlap: true,
  roles: true,
  interference: true,
  memory: true,
  replicas: true,
  waves: true,
};
