/**
 * One execution of a workflow with everything random in it drawn: a graph of calls, tools and
 * joins with fixed lengths, latencies and dependencies. Nothing in it depends on the system that
 * serves it, so every planner, cluster and rate is judged on the same executions.
 */

import type { CallRequest } from "../serving/request.ts";
import type { ToolPool } from "./program.ts";

/**
 * Conversations of an execution have numbers below this; system prompts, which are the same in
 * all executions, stand for conversations numbered from here.
 */
export const FIRST_SYSTEM_PROMPT = 2 ** 52;

/** Executions and the steps of one are numbered below these. */
export const MAX_EXECUTIONS = 2 ** 28;
export const MAX_STEPS = 2 ** 20;

/** What every step has. */
interface StepBase {
  /** Steps that must end before this one starts. */
  predecessorCount: number;
  /** Steps that wait for this one. */
  readonly successors: number[];
}

/** A drawn LLM call. */
export interface DrawnCall extends StepBase, CallRequest {
  readonly kind: "call";
  readonly role: string;
  /** Seconds after which its client gives it up if it has not ended. */
  readonly timeout?: number;
  /** Whether the execution fails then, or goes on without the answer. */
  readonly isVital?: boolean;
}

/** A drawn tool call, or any other delay. */
export interface DrawnTool extends StepBase {
  readonly kind: "tool";
  readonly name: string;
  /** Seconds, without the time that it waits in its pool. */
  readonly duration: number;
  readonly pool?: ToolPool;
}

/** Takes no time: lets many steps wait for many without an edge for each pair. */
export interface DrawnJoin extends StepBase {
  readonly kind: "join";
  /** How many of its predecessors it waits for; by default all. */
  readonly needs?: number;
  /** The first of the steps before it that are cancelled once it has waited. */
  readonly cancelsFrom?: number;
}

/** A step of a drawn execution. */
export type DrawnStep = DrawnCall | DrawnTool | DrawnJoin;

/** A drawn execution; steps are in an order in which predecessors come first. */
export interface DrawnExecution {
  readonly index: number;
  readonly steps: readonly DrawnStep[];
  /** Hash of everything drawn, 16 hexadecimal digits. */
  readonly hash: string;
}

/** Run-wide number of a step, for events and ties. */
export function stepEntity(execution: number, step: number): number {
  return execution * MAX_STEPS + step;
}

/** The execution and step that `stepEntity` numbered. */
export function fromStepEntity(entity: number): { execution: number; step: number } {
  const execution = Math.floor(entity / MAX_STEPS);
  return { execution, step: entity - execution * MAX_STEPS };
}
