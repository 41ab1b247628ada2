/**
 * A made-up workflow of two LLMs whose shares of an execution's time vary as much as is asked for,
 * while the mean calls of each, their lengths and their parallelism stay the same: an execution
 * calls one of them more often, the other as much less, and which one is a toss.
 */

import type { Distribution } from "../../engine/distributions.ts";
import type { Step, Workflow } from "../../workflow/program.ts";

const LLMS = [
  { name: "first", model: "llama-3.1-8b" },
  { name: "second", model: "qwen2.5-7b" },
] as const;

/** Mean calls of each LLM. */
const CALLS = 8;

const constant = (value: number): Distribution => ({ kind: "constant", value });

/** With `skew` from 0 to 1: calls of both are (1 ± skew) times the mean. */
export function skewedWorkflow(skew: number): Workflow {
  const calls = (llm: string, count: number): Step => ({
    kind: "loop",
    count: constant(count),
    steps: [
      {
        kind: "call",
        llm,
        role: llm,
        appends: false,
        prompt: constant(600),
        output: { kind: "lognormal", mu: Math.log(80), sigma: 0.5, maximum: 1000 },
      },
    ],
  });
  const arm = (sign: number) => ({
    probability: 0.5,
    steps: LLMS.map(({ name }, index) => {
      return calls(name, CALLS * (1 + (index === 0 ? sign : -sign) * skew));
    }),
  });
  return {
    name: `skew ${skew}`,
    description: "",
    llms: LLMS,
    conversations: [],
    steps: [{ kind: "branch", arms: [arm(1), arm(-1)] }],
  };
}
