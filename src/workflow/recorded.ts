/**
 * Recorded executions as a workload: each that arrives is a recorded one drawn with replacement,
 * with conversations of its own. Every third execution belongs to one family, so a planner never
 * learns from what it is judged on. Left out: contexts that executions of a recording share, but
 * for system prompts.
 */

import { randomStream } from "../engine/random-streams.ts";
import type { Origin } from "../serving/request.ts";
import type { ExecutionFamily, ExecutionSource } from "./draw.ts";
import { type DrawnExecution, type DrawnStep, FIRST_SYSTEM_PROMPT } from "./drawn-execution.ts";

/** Conversations of one execution differ in their numbers modulo this. */
const MAX_CONVERSATIONS = 2 ** 20;

/** The parts into which a recording is dealt, and the least that it must hold. */
const FAMILIES: readonly ExecutionFamily[] = ["trace", "evaluate", "refine"];
export const LEAST_RECORDED = FAMILIES.length;

/** A recording as a workload. */
export interface Recording {
  readonly name: string;
  /** The LLMs that its calls name. */
  readonly llms: readonly { readonly name: string; readonly model: string }[];
  /** At least LEAST_RECORDED. */
  readonly recorded: readonly DrawnExecution[];
}

/** The executions of a recording under a master seed; `family` as in `createExecutionSource`. */
export function createRecordedSource(
  { recorded }: Recording,
  seed: number,
  family: ExecutionFamily,
): ExecutionSource {
  const part = FAMILIES.indexOf(family);
  const own = recorded.filter((_, index) => index % FAMILIES.length === part);
  return (index) => {
    const uniform = randomStream(seed, `${family}/execution/${index}/recorded`);
    return repeated(own[Math.floor(uniform() * own.length)]!, index);
  };
}

/** The execution as number `index` of a run. */
function repeated({ steps, hash }: DrawnExecution, index: number): DrawnExecution {
  const numbers = new Map<number, number>();
  const numberOf = (conversation: number) => {
    if (conversation < 0 || conversation >= FIRST_SYSTEM_PROMPT) return conversation;
    const known = numbers.get(conversation);
    if (known !== undefined) return known;
    const number = index * MAX_CONVERSATIONS + numbers.size;
    numbers.set(conversation, number);
    return number;
  };
  const originIn = ({ conversation, tokens, origin }: Origin): Origin => {
    const own = { conversation: numberOf(conversation), tokens };
    return origin === undefined ? own : { ...own, origin: originIn(origin) };
  };
  const again = steps.map((step): DrawnStep => {
    if (step.kind !== "call") return step;
    const { conversation, origin } = step;
    return {
      ...step,
      conversation: numberOf(conversation),
      origin: origin === undefined ? undefined : originIn(origin),
    };
  });
  return { index, steps: again, hash };
}
