/** What a worker thread runs: one task at a time, by name. */

import { UserError } from "../errors.ts";
import { type Answer, type Input, type Output, type Tasks, taskNamed } from "./workers.ts";

/** Runs one task. */
export default async function runTask<Name extends keyof Tasks>(task: {
  readonly name: Name;
  readonly input: Input<Name>;
}): Promise<Answer<Output<Name>>> {
  try {
    return { value: await taskNamed(task.name)(task.input) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint, where } = error;
    return { message, options: { hint, where } };
  }
}
