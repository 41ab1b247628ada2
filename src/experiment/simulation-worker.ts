/**
 * What a worker thread runs: one trial a task. A user error crosses to the main thread as data,
 * since errors lose their class on the way.
 */

import { UserError } from "../errors.ts";
import { runTrial, type Trial, type TrialResult } from "./trial.ts";

/** What comes back from a task. */
export type TaskResult =
  | { readonly result: TrialResult }
  | { readonly problem: { readonly message: string } & Pick<UserError, "where" | "hint"> };

/** Runs a task. */
export default function runTask(trial: Trial): TaskResult {
  try {
    return { result: runTrial(trial) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, where, hint } = error;
    return { problem: { message, where, hint } };
  }
}
