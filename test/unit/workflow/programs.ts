/**
 * Short ways to write workflow programs, their drawn executions and views of them in tests.
 */

import type { Distribution } from "../../../src/engine/distributions.ts";
import { createExecutionSource, type ExecutionSource } from "../../../src/workflow/draw.ts";
import type { DrawnCall, DrawnExecution } from "../../../src/workflow/drawn-execution.ts";
import type {
  CallStep,
  Conversation,
  Step,
  ToolStep,
  Workflow,
} from "../../../src/workflow/program.ts";

/** A distribution that always draws `value`. */
export const always = (value: number): Distribution => ({ kind: "constant", value });

/** Whole numbers around 100, rarely alike. */
export const spread: Distribution = { kind: "lognormal", mu: 5, sigma: 0.5 };

/** A call of LLM `a` with a fixed prompt of 10 and an output of 5 tokens, unless told otherwise. */
export function call(changes: Partial<CallStep> = {}): CallStep {
  return {
    kind: "call",
    llm: "a",
    role: "role",
    appends: changes.conversation !== undefined,
    prompt: always(10),
    output: always(5),
    ...changes,
  };
}

/** A tool of one second. */
export function tool(changes: Partial<ToolStep> = {}): ToolStep {
  return { kind: "tool", name: "tool", latency: always(1), ...changes };
}

/** Repeats `steps`. */
export const loop = (count: Distribution | number, ...steps: Step[]): Step => ({
  kind: "loop",
  count: typeof count === "number" ? always(count) : count,
  steps,
});

/** Copies of `steps` side by side. */
export const parallel = (count: Distribution | number, ...steps: Step[]): Step => ({
  kind: "parallel",
  count: typeof count === "number" ? always(count) : count,
  steps,
});

/** A workflow of LLMs `a` and `b`; as from a file, no two places of it are the same object. */
export function workflowOf(
  steps: readonly Step[],
  conversations: readonly Conversation[] = [{ name: "main" }, { name: "other" }],
): Workflow {
  const llms = ["a", "b"].map((name) => ({ name, model: `model-${name}` }));
  const apart: Step[] = JSON.parse(JSON.stringify(steps));
  return { name: "test", description: "", llms, conversations, steps: apart };
}

/** Executions of `steps` as a planner is judged on, seed 1. */
export const sourceOf = (...steps: Step[]): ExecutionSource =>
  createExecutionSource(workflowOf(steps), 1, "evaluate");

/** The calls of an execution, in the order drawn. */
export const callsOf = ({ steps }: DrawnExecution): DrawnCall[] =>
  steps.filter((step): step is DrawnCall => step.kind === "call");

/** The edges of an execution: for every step its kind and the steps that wait for it. */
export const graphOf = ({ steps }: DrawnExecution): string[] =>
  steps.map(({ kind, successors }) => `${kind} -> ${successors.join(" ")}`.trim());
