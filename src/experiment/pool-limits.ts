/**
 * What tool pools can serve at most. Predictors and planners see times of tools, which at the
 * lowest load never wait, so a pool that would saturate is said beside their predictions.
 */

import { formatRate } from "../units.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import type { ToolPool } from "../workflow/program.ts";

/** Executions whose tools are counted. */
const EXECUTIONS = 500;

/** A warning for each pool that cannot serve `rate` executions per second. */
export function saturatedPools(source: ExecutionSource, rate: number): string[] {
  const use = new Map<ToolPool, { seconds: number; tools: number }>();
  for (let index = 0; index < EXECUTIONS; index++) {
    for (const step of source(index).steps) {
      if (step.kind !== "tool" || step.pool === undefined) continue;
      const { seconds, tools } = use.get(step.pool) ?? { seconds: 0, tools: 0 };
      use.set(step.pool, { seconds: seconds + step.duration, tools: tools + 1 });
    }
  }
  return [...use].flatMap(([{ name, capacity, interval }, { seconds, tools }]) => {
    const limit = EXECUTIONS / Math.max(seconds / capacity, tools * interval);
    if (rate <= limit) return [];
    const most = `the tool pool ${name} serves about ${formatRate(limit)} at most`;
    return `${most}, and ${formatRate(rate)} are offered: predictions do not know that`;
  });
}
