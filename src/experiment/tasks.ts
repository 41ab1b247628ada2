/** What worker threads can be asked to do; all data crosses between threads, so it is plain. */

import { profileTask } from "./profile-task.ts";
import { runReplication } from "./replicate.ts";
import { runPoint } from "./sweep-point.ts";
import { runTrial } from "./trial.ts";

/** Functions by name. */
export const TASKS = {
  profile: profileTask,
  trial: runTrial,
  replication: runReplication,
  point: runPoint,
} as const;
