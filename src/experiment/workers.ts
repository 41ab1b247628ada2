/**
 * Many trials on worker threads, one whole trial a task. A result depends on its trial alone, so
 * neither the number of threads nor their order decides anything.
 */

import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { UserError } from "../errors.ts";
import runTask, { type TaskResult } from "./simulation-worker.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** Where trials run. */
export interface TrialPool {
  readonly run: (trial: Trial) => Promise<TrialResult>;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/** Threads that run at the same time on this machine. */
export function defaultWorkers(): number {
  return availableParallelism();
}

/**
 * A pool of `workers` threads. One worker is this thread; so is any number of them where the
 * program runs from TypeScript sources, as under test: threads start from the built files.
 */
export function createTrialPool(workers: number): TrialPool {
  if (workers === 1 || import.meta.url.endsWith(".ts")) {
    return { run: async (trial) => unpack(runTask(trial)), close: async () => {} };
  }
  const threads = new Piscina<Trial, TaskResult>({
    filename: new URL("./simulation-worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
  });
  return {
    run: async (trial) => unpack(await threads.run(trial)),
    close: () => threads.close({ force: true }),
  };
}

function unpack(answer: TaskResult): TrialResult {
  if ("result" in answer) return answer.result;
  const { message, where, hint } = answer.problem;
  throw new UserError(message, { ...(where && { where }), ...(hint && { hint }) });
}
