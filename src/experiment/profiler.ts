/**
 * Profiles of all LLMs of a workload: those kept from an earlier run, or made on all cores. Threads
 * start with the profiler, so that they are there once the workload is traced.
 */

import type { LlmProfile, SizeProfile } from "../llm/profile-table.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { cachedProfiles, cacheProfiles } from "./profile-cache.ts";
import { type ProfileTask, shareTraces } from "./profile-task.ts";
import { profiledSizes } from "./profiling.ts";
import type { TracingSetup } from "./tracing.ts";
import { createPool, type WorkerPool } from "./workers.ts";

/** Profiles one workload. */
export interface Profiler {
  /** Of each LLM, from traces of the workload; `onDone` gets the part done, 0 to 1. */
  readonly profile: (
    traces: readonly ExecutionTrace[],
    onDone: (done: number) => void,
  ) => Promise<readonly LlmProfile[]>;
  /** Ends its threads. */
  readonly close: () => Promise<void>;
}

/** A profiler of the workload whose profiles are kept under `key`. */
export async function createProfiler(setup: TracingSetup, key: string): Promise<Profiler> {
  const kept = cachedProfiles(key);
  if (kept !== undefined) return { profile: async () => kept, close: async () => {} };
  const pool = await createPool();
  return {
    profile: async (traces, onDone) => {
      const profiles = await profileAll(setup, { key, traces, pool }, onDone);
      cacheProfiles(key, profiles);
      return profiles;
    },
    close: pool.close,
  };
}

/** Profiles each size in a task, the longest first, so that no thread waits for one at the end. */
async function profileAll(
  setup: TracingSetup,
  work: { key: string; traces: readonly ExecutionTrace[]; pool: WorkerPool },
  onDone: (done: number) => void,
): Promise<LlmProfile[]> {
  const { key, traces, pool } = work;
  const { llms, cluster, seed } = setup;
  const shared = { traces: shareTraces(traces, key), llms, cluster, seed };
  const tasks: ProfileTask[] = llms.flatMap((_, llm) =>
    profiledSizes({ ...setup, traces }, llm).map((group) => ({ ...shared, llm, group })),
  );
  onDone(0);
  const sizes: SizeProfile[] = [];
  let done = 0;
  const order = [...tasks.keys()].sort(
    (a, b) => tasks[b]!.group.replicas - tasks[a]!.group.replicas,
  );
  await Promise.all(
    order.map(async (index) => {
      sizes[index] = await pool.run("profile", tasks[index]!);
      onDone(++done / tasks.length);
    }),
  );
  return llms.map((_, llm) => {
    return { sizes: sizes.filter((_size, index) => tasks[index]!.llm === llm) };
  });
}
