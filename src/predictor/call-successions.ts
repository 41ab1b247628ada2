/**
 * Which LLM's calls follow which in recorded executions, and how long after: calls and tools are
 * started by what ended last of all that they waited for, so tools in between are part of the
 * delay. Distributions are kept as parts of equal probability.
 */

import type { RetimableExecution } from "./retiming.ts";

/** Parts of equal probability of a distribution. */
const PARTS = 16;

/** Calls of LLM `to` that are started by the end of a call of LLM `from`. */
export interface CallSuccession {
  readonly from: number;
  readonly to: number;
  /** How many there are in an execution, on average. */
  readonly perExecution: number;
  /** Seconds from the end of the one to the submission of the other. */
  readonly delays: PartedDistribution;
  /** Seconds from the first token to the end of the calls of `from`, as recorded. */
  readonly decodes: PartedDistribution;
}

/** A distribution: in each part it is uniform from one bound to the next. */
export interface PartedDistribution {
  /** Ascending, one more than there are parts. */
  readonly bounds: Float64Array;
}

/** All successions of `executions`. */
export function callSuccessions(executions: readonly RetimableExecution[]): CallSuccession[] {
  const found = new Map<
    string,
    { from: number; to: number; delays: number[]; decodes: number[] }
  >();
  for (const execution of executions) {
    const starters = startersOf(execution);
    const { llms, gaps, decode } = execution;
    for (let item = 0; item < llms.length; item++) {
      const to = llms[item]!;
      if (to < 0) continue;
      let delay = gaps[item]!;
      let starter = starters[item]!;
      for (; starter >= 0 && llms[starter]! < 0; starter = starters[starter]!) {
        delay += decode[starter]! + gaps[starter]!;
      }
      if (starter < 0) continue;
      const from = llms[starter]!;
      const key = `${from} ${to}`;
      const succession = found.get(key) ?? { from, to, delays: [], decodes: [] };
      found.set(key, succession);
      succession.delays.push(delay);
      succession.decodes.push(decode[starter]!);
    }
  }
  return [...found.values()].map(({ from, to, delays, decodes }) => ({
    from,
    to,
    perExecution: delays.length / executions.length,
    delays: parted(delays),
    decodes: parted(decodes),
  }));
}

/** For each item, the one that ended last of those that it waited for; -1 without any. */
function startersOf(execution: RetimableExecution): Int32Array {
  const { llms, firstToken, decode, gaps, waits, waitsUntil } = execution;
  const starters = new Int32Array(llms.length).fill(-1);
  const ends = new Float64Array(llms.length);
  let wait = 0;
  for (let item = 0; item < llms.length; item++) {
    let begin = 0;
    for (; wait < waitsUntil[item]!; wait++) {
      const before = waits[wait]!;
      if (starters[item]! >= 0 && ends[before]! <= begin) continue;
      begin = ends[before]!;
      starters[item] = before;
    }
    ends[item] = begin + gaps[item]! + firstToken[item]! + decode[item]!;
  }
  return starters;
}

function parted(values: readonly number[]): PartedDistribution {
  const sorted = Float64Array.from(values).sort();
  const bounds = Float64Array.from({ length: PARTS + 1 }, (_, part) => {
    return sorted[Math.round((part * (sorted.length - 1)) / PARTS)]!;
  });
  return { bounds };
}
