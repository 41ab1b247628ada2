/**
 * Names for the places of a program, which draws and shared prompts are keyed by.
 */

import type { MixturePart } from "../engine/distributions.ts";
import { FIRST_SYSTEM_PROMPT } from "./drawn-execution.ts";
import type { CallStep, Step, Workflow } from "./program.ts";

/** The path of every step of a workflow, and of every distribution in it, in program order. */
export function namePlaces(workflow: Workflow): ReadonlyMap<object, string> {
  const paths = new Map<object, string>();
  nameSteps(workflow.steps, "steps", paths);
  for (const { name, steps } of workflow.subworkflows ?? []) {
    nameSteps(steps, `subworkflow ${name}`, paths);
  }
  return paths;
}

/**
 * The number of the system prompt of every conversation, by its name, and of every role that has
 * one of its own, by `role NAME`.
 */
export function numberSystemPrompts(
  workflow: Workflow,
  paths: ReadonlyMap<object, string>,
): ReadonlyMap<string, number> {
  const roles = [...paths.keys()].flatMap((place) => {
    const step = place as Partial<CallStep>;
    return step.kind === "call" && step.systemPrompt !== undefined ? [`role ${step.role}`] : [];
  });
  const names = [...workflow.conversations.map(({ name }) => name), ...new Set(roles)];
  return new Map(names.map((name, index) => [name, FIRST_SYSTEM_PROMPT + index]));
}

function nameSteps(steps: readonly Step[], path: string, paths: Map<object, string>): void {
  steps.forEach((step, position) => {
    const here = `${path}.${position}`;
    paths.set(step, here);
    for (const [field, value] of Object.entries(step)) {
      if (typeof value === "object" && "kind" in value) paths.set(value, `${here}.${field}`);
    }
    if (step.kind === "tool" && step.result !== undefined) {
      paths.set(step.result.tokens, `${here}.result`);
    }
    if (step.kind === "loop" || step.kind === "parallel") nameSteps(step.steps, here, paths);
    if (step.kind === "branch") {
      step.arms.forEach((arm, number) => {
        nameSteps(arm.steps, `${here}.arm${number}`, paths);
      });
    }
  });
}

/** Whether a place of the program is a distribution that goes with the execution's difficulty. */
export function usesDifficulty(place: object): boolean {
  if ("difficulty" in place) return true;
  return "parts" in place && (place.parts as MixturePart[]).some(({ of }) => usesDifficulty(of));
}
