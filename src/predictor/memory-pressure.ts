/**
 * What becomes of prefix reuse where a replica has room for few contexts. The cache evicts what was
 * used longest ago, so a context survives a gap if what is newly written meanwhile fits beside the
 * calls under way (Che's approximation of LRU):
 *
 *   miss = Σ reused tokens with gap > (C − R) / v over calls,  v = λ · (new tokens + miss)
 *
 * with C the cache, R the tokens of calls under way, λ calls per second. Contexts that are lost are
 * computed and written anew, which loses more: found by substitution. Numbers of executions under
 * way fluctuate, like Poisson's or more (`waves.ts`): three of their values stand for all
 * (Gauss-Hermite).
 */

import { bisectRight } from "d3-array";
import type { ContextReuse, WorkflowStatistics } from "./trace-statistics.ts";

/** A replica and the calls that come to it. */
export interface MemorySituation {
  /** Calls per second on the replica. */
  readonly callRate: number;
  /** Mean seconds of a call, and how much longer than recorded the gaps between calls are. */
  readonly latency: number;
  readonly gapStretch: number;
  /** Tokens of its KV cache. */
  readonly kvTokens: number;
  /** Variance of the number of calls under way, over its mean. */
  readonly crowding: number;
}

/** What memory does to calls. */
export interface MemoryPressure {
  /** Tokens per call that are computed again. */
  readonly missedTokens: number;
  /** The same while uncommonly many executions are under way. */
  readonly crowdedTokens: number;
  /** Part of the cache that calls under way take while there are uncommonly many. */
  readonly running: number;
}

const SUBSTITUTIONS = 10;

/** Deviations from their mean number that calls under way must have room for. */
const CROWD = 3;

/** Deviations from the mean, and their weights. */
const NODES = [
  [-Math.sqrt(3), 1 / 6],
  [0, 2 / 3],
  [Math.sqrt(3), 1 / 6],
] as const;

/** The pressure on a replica of LLM number `llm`, used as `statistics` has it. */
export function memoryPressure(
  { llms, executions }: WorkflowStatistics,
  llm: number,
  { callRate, latency, gapStretch, kvTokens, crowding }: MemorySituation,
): MemoryPressure {
  const own = llms[llm]!;
  const { promptTokens, outputTokens, runningTokens, sharedTokens } = own;
  const { runningTokensRms, reuse, calls, contextTokens } = own;
  const underWay = callRate * latency;
  const perCall = runningTokens - sharedTokens;
  const crowd = underWay * perCall + beyondMean(underWay, crowding) * runningTokensRms;
  const room = Math.max(1, kvTokens - sharedTokens);
  const running = crowd / room;
  const recorded = calls * executions;
  const reused = (reuse.tokensFrom[0] ?? 0) / recorded;
  if (reused === 0) return { missedTokens: 0, crowdedTokens: 0, running };
  const written = promptTokens + outputTokens - sharedTokens - reused;
  const alive = Math.max(1, (underWay * runningTokens) / contextTokens);
  let missedTokens = 0;
  let crowdedTokens = 0;
  for (const [deviation, weight] of NODES) {
    const factor = Math.max(0, 1 + deviation * Math.sqrt(crowding / alive));
    const free = Math.max(0, room - factor * underWay * perCall);
    let missed = 0;
    for (let step = 0; step < SUBSTITUTIONS; step++) {
      const survived = free / (factor * callRate * (written + missed)) / gapStretch;
      const before = missed;
      missed = tokensBeyond(reuse, survived) / recorded;
      if (missed === before) break;
    }
    missedTokens += weight * missed;
    crowdedTokens = Math.max(crowdedTokens, missed);
  }
  return { missedTokens, crowdedTokens, running };
}

/**
 * By how much a number of that mean exceeds it as seldom as a normal one does by CROWD deviations:
 * few calls are skewed, as a negative binomial number is (Cornish and Fisher's expansion).
 */
function beyondMean(mean: number, crowding: number): number {
  return CROWD * Math.sqrt(crowding * mean) + ((CROWD ** 2 - 1) / 6) * (2 * crowding - 1);
}

/** Tokens that are found after a longer gap. */
function tokensBeyond({ gaps, tokensFrom }: ContextReuse, gap: number): number {
  return tokensFrom[bisectRight(gaps, gap)] ?? 0;
}
