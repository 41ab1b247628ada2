/**
 * Many simulations on worker threads, one whole one a task. An answer depends on its task alone, so
 * neither the number of threads nor their order decides anything. Where there is one core, or the
 * sources run without having been compiled (tests), everything runs in this thread; so does what a
 * task itself would spread.
 */

import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import { UserError, type UserErrorOptions } from "../errors.ts";
import { TASKS } from "./tasks.ts";

/**
 * Megabytes of young objects a thread: with what V8 gives a thread by itself, profiling spends a
 * fifth more time collecting the short-lived objects of simulations.
 */
const YOUNG_GENERATION = 128;

/** Tasks by name: plain data in, plain data out. */
export type Tasks = typeof TASKS;

/** What a task is given, and what it gives. */
export type Input<Name extends keyof Tasks> = Parameters<Tasks[Name]>[0];
export type Output<Name extends keyof Tasks> = Outputs[Name];
type Outputs = { [Name in keyof Tasks]: Awaited<ReturnType<Tasks[Name]>> };

/** A task's answer, or an error of the user's in plain data: on threads it would lose its class. */
export type Answer<T> =
  | { readonly value: T }
  | { readonly message: string; readonly options: UserErrorOptions };

/** Where tasks run. */
export interface WorkerPool {
  readonly run: <Name extends keyof Tasks>(name: Name, input: Input<Name>) => Promise<Output<Name>>;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/** A pool of `workers` threads; by default as many as run at the same time on this machine. */
export async function createPool(workers = availableParallelism()): Promise<WorkerPool> {
  if (workers > 1 && isMainThread) return createThreads(workers);
  return hereOnly;
}

/** A pool that leaves this thread free for what must go on meanwhile, even with one worker. */
export async function createThreads(workers: number): Promise<WorkerPool> {
  if (import.meta.url.endsWith(".ts")) return hereOnly;
  const { Piscina } = await import("piscina");
  const threads = new Piscina({
    filename: new URL("./worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  return {
    run: async <Name extends keyof Tasks>(
      name: Name,
      input: Input<Name>,
    ): Promise<Output<Name>> => {
      const answer: Answer<Output<Name>> = await threads.run({ name, input });
      if ("message" in answer) throw new UserError(answer.message, answer.options);
      return answer.value;
    },
    close: () => threads.close({ force: true }),
  };
}

const hereOnly: WorkerPool = {
  run: async (name, input) => taskNamed(name)(input),
  close: async () => {},
};

/** The function behind a name. */
export function taskNamed<Name extends keyof Tasks>(name: Name) {
  return TASKS[name] as unknown as (input: Input<Name>) => Output<Name> | Promise<Output<Name>>;
}
