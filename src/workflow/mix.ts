/**
 * Workflows that are served together. Their executions arrive as one stream, each of a workflow
 * drawn with the workflows' rates as weights: for open Poisson arrivals that is the same as a
 * stream a workflow. An LLM is known by `workflow/llm`; workflows that call the same model may
 * each have it to themselves, or share it.
 */

import { randomStream } from "../engine/random-streams.ts";
import { assert } from "../errors.ts";
import type { Context, Origin } from "../serving/request.ts";
import { createExecutionSource, type ExecutionFamily, type ExecutionSource } from "./draw.ts";
import { type DrawnExecution, type DrawnStep, FIRST_SYSTEM_PROMPT } from "./drawn-execution.ts";
import type { Workflow } from "./program.ts";
import { createRecordedSource, type Recording } from "./recorded.ts";

/** Joins the names of the LLMs that one LLM serves. */
export const SHARED = "+";

/** System prompts of one workflow are fewer than this. */
const MOST_SYSTEM_PROMPTS = 2 ** 20;

/** Groups of LLMs for which sharing is decided one by one; of more, all groups alike. */
const MOST_GROUPS = 3;

/** One workflow of a mix. */
export interface MixPart {
  readonly workflow: Workflow;
  /** Executions per second. */
  readonly rate: number;
  /** Position among the mix's LLMs of each of its own. */
  readonly llms: readonly number[];
}

/** Workflows served together. */
export interface Mix {
  readonly name: string;
  readonly llms: readonly { readonly name: string; readonly model: string }[];
  readonly parts: readonly MixPart[];
}

/** What is served: a workflow, several, or a recording. */
export type Program = Workflow | Mix | Recording;

/** The workflows of a program with their parts of the arrivals, which sum to 1. */
export function workflowsOf(program: Program): { name: string; part: number }[] {
  if (!("parts" in program)) return [{ name: program.name, part: 1 }];
  const total = program.parts.reduce((sum, { rate }) => sum + rate, 0);
  return program.parts.map(({ workflow, rate }) => ({ name: workflow.name, part: rate / total }));
}

/** Workflows with an LLM each for every LLM that they call. */
export function mixOf(rates: readonly Pick<MixPart, "workflow" | "rate">[]): Mix {
  let position = 0;
  const parts = rates.map((part) => {
    return { ...part, llms: part.workflow.llms.map(() => position++) };
  });
  const llms = rates.flatMap(({ workflow }) =>
    workflow.llms.map(({ name, model }) => ({ name: `${workflow.name}/${name}`, model })),
  );
  return { name: rates.map(({ workflow }) => workflow.name).join(SHARED), llms, parts };
}

/**
 * The mix, and the mixes in which LLMs of different workflows with the same model are served
 * together; `models` gives the model of each of the mix's LLMs.
 */
export function sharings(mix: Mix, models: readonly string[]): Mix[] {
  const groups = [...new Set(models)]
    .map((model) => models.flatMap((each, llm) => (each === model ? [llm] : [])))
    .filter(
      (llms) => mix.parts.filter((part) => part.llms.some((l) => llms.includes(l))).length > 1,
    );
  const chosen = groups.length > MOST_GROUPS ? [groups] : subsets(groups).slice(1);
  return [mix, ...chosen.map((merged) => withShared(mix, merged))];
}

function subsets<T>(items: readonly T[]): T[][] {
  const all: T[][] = [[]];
  for (const item of items) all.push(...all.map((subset) => [...subset, item]));
  return all;
}

/** The mix with one LLM for each group. */
function withShared(mix: Mix, groups: readonly (readonly number[])[]): Mix {
  const firstOf = mix.llms.map((_, llm) => groups.find((each) => each.includes(llm))?.[0] ?? llm);
  return withSharedLlms(mix, firstOf);
}

/** The mix with one LLM for those of the same number, which is of no other meaning. */
export function withSharedLlms(mix: Mix, numbers: readonly number[]): Mix {
  const kept = [...new Set(numbers)];
  const llms = kept.map((number) => {
    const served = mix.llms.filter((_, llm) => numbers[llm] === number);
    return { name: served.map(({ name }) => name).join(SHARED), model: served[0]!.model };
  });
  const parts = mix.parts.map((part) => {
    return { ...part, llms: part.llms.map((llm) => kept.indexOf(numbers[llm]!)) };
  });
  return { ...mix, llms, parts };
}

/** Executions of a program. */
export interface ProgramSource {
  readonly source: ExecutionSource;
  /** Position of the workflow of an execution. */
  readonly workflowOf: (execution: number) => number;
}

/** The executions of `program` under a master seed; `family` as in `createExecutionSource`. */
export function createProgramSource(
  program: Program,
  seed: number,
  family: ExecutionFamily,
): ProgramSource {
  if ("recorded" in program) {
    return { source: createRecordedSource(program, seed, family), workflowOf: () => 0 };
  }
  if (!("parts" in program)) {
    return { source: createExecutionSource(program, seed, family), workflowOf: () => 0 };
  }
  const sources = program.parts.map(({ workflow }) =>
    createExecutionSource(workflow, seed, family),
  );
  const uniform = randomStream(seed, `${family}/mix`);
  const weights = workflowsOf(program).map(({ part }) => part);
  const drawn: number[] = [];
  const workflowOf = (execution: number) => {
    while (drawn.length <= execution) drawn.push(weighted(weights, uniform()));
    return drawn[execution]!;
  };
  const source = (index: number) => {
    const part = workflowOf(index);
    return relabelled(sources[part]!(index), part, program.parts[part]!.llms);
  };
  return { source, workflowOf };
}

/** The position at which the weights, summed, pass a point from 0 to 1. */
function weighted(weights: readonly number[], point: number): number {
  let rest = point;
  for (let position = 0; position < weights.length - 1; position++) {
    rest -= weights[position]!;
    if (rest < 0) return position;
  }
  return weights.length - 1;
}

/** An execution of workflow number `part`, with the LLMs and the system prompts of the mix. */
function relabelled(
  execution: DrawnExecution,
  part: number,
  llms: readonly number[],
): DrawnExecution {
  const steps = execution.steps.map((step): DrawnStep => {
    if (step.kind !== "call") return step;
    return { ...step, ...contextIn(step, part), llm: llms[step.llm]! };
  });
  return { ...execution, steps };
}

/** The same context, its system prompts numbered apart from those of other workflows. */
function contextIn<T extends Context>({ ...context }: T, part: number): T {
  const { conversation, origin } = context;
  const isSystemPrompt = conversation >= FIRST_SYSTEM_PROMPT;
  assert(conversation < FIRST_SYSTEM_PROMPT + MOST_SYSTEM_PROMPTS, "too many system prompts");
  return {
    ...context,
    conversation: isSystemPrompt ? conversation + part * MOST_SYSTEM_PROMPTS : conversation,
    origin: origin === undefined ? undefined : contextIn<Origin>(origin, part),
  };
}
