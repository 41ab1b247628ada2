/**
 * A workflow as people look at it: its steps, nested as they are, with what they take on average,
 * and what each LLM is called for. Figures are means over sampled executions and draws.
 */

import { mean, quantileSorted, sum } from "d3-array";
import { createSampler, type Distribution } from "../engine/distributions.ts";
import { randomStream } from "../engine/random-streams.ts";
import { formatDuration, formatPercent } from "../units.ts";
import { createExecutionSource } from "../workflow/draw.ts";
import type { Step, Workflow } from "../workflow/program.ts";

/** Executions, and draws of each distribution, that means are taken over. */
const EXECUTIONS = 500;
const DRAWS = 2000;

/** A step, or an arm of a branch; `llm` is the position of the LLM that a call calls. */
export interface OutlineStep {
  readonly title: string;
  readonly detail: string;
  readonly llm?: number;
  /** Steps inside; none for calls and tools. */
  readonly steps: readonly OutlineStep[];
}

/** What an LLM is called for, on average. */
export interface OutlineLlm {
  readonly name: string;
  readonly model: string;
  readonly calls_per_execution: number;
  readonly prompt_tokens: number;
  readonly output_tokens: number;
  /** Part of all output tokens. */
  readonly output_share: number;
}

/** A workflow described. */
export interface WorkflowOutline {
  readonly name: string;
  readonly description: string;
  readonly calls_per_execution: {
    readonly mean: number;
    readonly p5: number;
    readonly p95: number;
  };
  /** Sum over an execution's tools. */
  readonly tool_seconds: number;
  readonly llms: readonly OutlineLlm[];
  readonly steps: readonly OutlineStep[];
}

/** Describes a workflow. */
export function outlineOf(workflow: Workflow): WorkflowOutline {
  const { name, description, llms, steps } = workflow;
  const source = createExecutionSource(workflow, 1, "trace");
  const drawn = Array.from({ length: EXECUTIONS }, (_, index) => source(index).steps);
  const calls = drawn.map((own) => own.filter((step) => step.kind === "call"));
  const counts = calls.map((own) => own.length).sort((a, b) => a - b);
  const outputs = sum(calls.flat(), (call) => call.outputTokens);
  return {
    name,
    description,
    calls_per_execution: {
      mean: mean(counts) ?? 0,
      p5: quantileSorted(counts, 0.05) ?? 0,
      p95: quantileSorted(counts, 0.95) ?? 0,
    },
    tool_seconds:
      sum(drawn.flat(), (step) => (step.kind === "tool" ? step.duration : 0)) / EXECUTIONS,
    llms: llms.map(({ name: llm, model }, index) => {
      const own = calls.flat().filter((call) => call.llm === index);
      return {
        name: llm,
        model,
        calls_per_execution: own.length / EXECUTIONS,
        prompt_tokens: mean(own, (call) => call.promptTokens) ?? 0,
        output_tokens: mean(own, (call) => call.outputTokens) ?? 0,
        output_share: sum(own, (call) => call.outputTokens) / outputs,
      };
    }),
    steps: outlineSteps(steps, workflow),
  };
}

/** `within` names the subworkflows that the steps are part of: their own steps are shown once. */
function outlineSteps(
  steps: readonly Step[],
  workflow: Workflow,
  within: readonly string[] = [],
): OutlineStep[] {
  return steps.map((step): OutlineStep => {
    switch (step.kind) {
      case "call": {
        const { llm, role, conversation, appends, prompt, output } = step;
        const reads =
          conversation === undefined ? "" : `${appends ? "in" : "reads"} ${conversation}, `;
        return {
          title: role === llm ? llm : `${llm}: ${role}`,
          detail: `${reads}+${tokens(prompt)} tokens in, ${tokens(output)} out`,
          llm: workflow.llms.findIndex(({ name }) => name === llm),
          steps: [],
        };
      }
      case "tool": {
        const result = step.result;
        const adds =
          result === undefined
            ? ""
            : `, +${tokens(result.tokens)} tokens in ${result.conversation}`;
        return {
          title: step.name,
          detail: `${formatDuration(meanOf(step.latency))}${adds}`,
          steps: [],
        };
      }
      case "branch":
        return {
          title: "branch",
          detail: "",
          steps: step.arms.map((arm) => ({
            title: formatPercent(arm.probability),
            detail: "",
            steps: outlineSteps(arm.steps, workflow, within),
          })),
        };
      case "run": {
        const { subworkflow: name } = step;
        const { maxDepth, steps: own } = workflow.subworkflows!.find((each) => each.name === name)!;
        const isInside = within.includes(name);
        return {
          title: name,
          detail: isInside ? `again, to a depth of ${maxDepth}` : "",
          steps: isInside ? [] : outlineSteps(own, workflow, [...within, name]),
        };
      }
      default: {
        const times = meanOf(step.count);
        const count = step.count.kind === "constant" ? `${times}` : `about ${times.toFixed(1)}`;
        const first = step.kind === "parallel" && step.join !== undefined ? step.join : undefined;
        const waits = first === undefined ? "" : `, the first ${first} waited for`;
        const detail = step.kind === "loop" ? `${count} times` : `${count} at once${waits}`;
        return { title: step.kind, detail, steps: outlineSteps(step.steps, workflow, within) };
      }
    }
  });
}

function tokens(distribution: Distribution): string {
  return String(Math.round(meanOf(distribution)));
}

/** Mean of what is drawn, clipped as it is. */
function meanOf(distribution: Distribution): number {
  if (distribution.kind === "constant") return distribution.value;
  const sample = createSampler(distribution, randomStream(1, "outline"));
  return mean(Array.from({ length: DRAWS }, sample)) ?? 0;
}
