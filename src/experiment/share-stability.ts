/**
 * How stable LLMs' parts of an execution's time are from one execution to the next, beside its
 * latency, and beside what would be seen if the LLMs' times of an execution had nothing to do with
 * one another.
 */

import type { ExecutionTimes } from "./execution-times.ts";
import { quantiles } from "./quantiles.ts";
import { ratio } from "./ratios.ts";
import { mean } from "./statistics.ts";

/** How far values spread; null where that is undefined. */
export interface Spread {
  /** Coefficient of variation: standard deviation over mean. */
  readonly cv: number | null;
  /** 95th percentile over the 5th. */
  readonly p95OverP5: number | null;
}

/** Times are shuffled so often; spreads are means over the shuffles. */
const SHUFFLES = 10;

/** The spread of positive values. */
export function spreadOf(values: readonly number[]): Spread {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const [p5, p95] = quantiles(values, [0.05, 0.95]);
  return {
    cv: ratio(Math.sqrt(squares / (values.length - 1)), center),
    p95OverP5: ratio(p95 ?? Number.NaN, p5 ?? Number.NaN),
  };
}

/** Each LLM's part of the LLMs' time, by LLM and execution; executions without any are left out. */
export function timeShares(llmTimes: ExecutionTimes["llmTimes"]): number[][] {
  const totals = llmTimes[0]!.map((_, index) =>
    llmTimes.reduce((sum, own) => sum + own[index]!, 0),
  );
  return llmTimes.map((own) =>
    own.flatMap((time, index) => (totals[index]! > 0 ? [time / totals[index]!] : [])),
  );
}

/** By LLM: how its shares spread, and how after times were shuffled between executions. */
export function shareSpreads(
  llmTimes: ExecutionTimes["llmTimes"],
  random: () => number,
): { readonly shares: Spread[]; readonly shuffled: Spread[] } {
  const spreads = (times: ExecutionTimes["llmTimes"]) => timeShares(times).map(spreadOf);
  const nulls = Array.from({ length: SHUFFLES }, () =>
    spreads(llmTimes.map((times) => shuffled(times, random))),
  );
  const meanOf = (llm: number, value: (spread: Spread) => number | null) => {
    const values = nulls.map((spread) => value(spread[llm]!) ?? Number.NaN);
    return ratio(mean(values), 1);
  };
  return {
    shares: spreads(llmTimes),
    shuffled: llmTimes.map((_, llm) => ({
      cv: meanOf(llm, ({ cv }) => cv),
      p95OverP5: meanOf(llm, ({ p95OverP5 }) => p95OverP5),
    })),
  };
}

/** The values in random order, every order as likely (Fisher and Yates). */
function shuffled(values: readonly number[], random: () => number): number[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}
