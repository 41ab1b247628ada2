/**
 * Many simulations on worker threads: each task is a whole one, and results come in the order of the
 * tasks, so that nothing depends on how many threads there are. Where the sources run without having
 * been compiled (tests), or there is one core or one task, everything runs in this thread.
 */

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { UserError, type UserErrorOptions } from "../errors.ts";
import { TASKS } from "./tasks.ts";

/** Tasks by name: plain data in, plain data out. */
export type Tasks = typeof TASKS;

/** A task's answer, or an error of the user's in plain data: threads would lose its type. */
export type Answer<T> =
  | { readonly value: T }
  | { readonly message: string; readonly options: UserErrorOptions };

/** Runs task `name` on each of `inputs`; `onDone` gets the part that is done. */
export async function runTasks<Name extends keyof Tasks>(
  name: Name,
  inputs: readonly Parameters<Tasks[Name]>[0][],
  onDone: (done: number) => void = () => {},
): Promise<ReturnType<Tasks[Name]>[]> {
  type Output = ReturnType<Tasks[Name]>;
  const run = TASKS[name] as (input: Parameters<Tasks[Name]>[0]) => Output;
  const threads = Math.min(availableParallelism(), inputs.length);
  const file = fileURLToPath(new URL("worker.js", import.meta.url));
  let done = 0;
  const count = <T>(value: T): T => {
    done++;
    onDone(done / inputs.length);
    return value;
  };
  if (threads < 2 || import.meta.url.endsWith(".ts")) return inputs.map((input) => count(run(input)));
  const { Piscina } = await import("piscina");
  const pool = new Piscina({ filename: file, minThreads: threads, maxThreads: threads });
  try {
    return await Promise.all(
      inputs.map(async (input) => {
        const answer: Answer<Output> = await pool.run({ name, input });
        if ("message" in answer) throw new UserError(answer.message, answer.options);
        return count(answer.value);
      }),
    );
  } finally {
    await pool.destroy();
  }
}
