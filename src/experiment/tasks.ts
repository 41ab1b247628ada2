/** What worker threads can be asked to do; all data crosses between threads, so it is plain. */

import { profileTask } from "./profile-task.ts";

/** Functions by name. */
export const TASKS = {
  profile: profileTask,
} as const;
