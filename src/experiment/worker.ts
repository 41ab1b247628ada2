/** What a worker thread runs: one task at a time, by name. */

import { UserError } from "../errors.ts";
import { TASKS } from "./tasks.ts";
import type { Answer, Tasks } from "./workers.ts";

/** A task and what it is given. */
interface Task<Name extends keyof Tasks> {
  readonly name: Name;
  readonly input: Parameters<Tasks[Name]>[0];
}

/** Runs one task. */
export default function runTask<Name extends keyof Tasks>(
  task: Task<Name>,
): Answer<ReturnType<Tasks[Name]>> {
  const run = TASKS[task.name] as (input: Task<Name>["input"]) => ReturnType<Tasks[Name]>;
  try {
    return { value: run(task.input) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint, where } = error;
    return { message, options: { hint, where } };
  }
}
