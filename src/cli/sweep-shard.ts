/**
 * Which part of a sweep this process runs: `--shard`, or what the array jobs of Slurm and the
 * Indexed Jobs of Kubernetes say in the environment.
 */

import { UserError } from "../errors.ts";
import { parseCount } from "./values.ts";

/** The `index`-th of `count` parts, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The part to run; undefined for all. */
export function shardOf(text: string | undefined, env: NodeJS.ProcessEnv): Shard | undefined {
  const [, first, second] = /^(\d+)(?:\/(\d+))?$/.exec(text ?? "") ?? [];
  if (text !== undefined && first === undefined) throw wrongShard(text);
  if (first !== undefined && second !== undefined) {
    return checked({ index: Number(first), count: Number(second) }, text!);
  }
  const slurm = numberIn(env, "SLURM_ARRAY_TASK_ID");
  const kubernetes = numberIn(env, "JOB_COMPLETION_INDEX");
  const slurmMin = numberIn(env, "SLURM_ARRAY_TASK_MIN") ?? 0;
  const index = slurm === undefined ? kubernetes : slurm - slurmMin;
  const count = first === undefined ? numberIn(env, "SLURM_ARRAY_TASK_COUNT") : Number(first);
  if (index === undefined && text === undefined) return undefined;
  if (index === undefined) {
    throw new UserError(`--shard ${text} says how many parts, not which one`, {
      hint:
        `give --shard 1/${text} to ${text}/${text}, or run it where SLURM_ARRAY_TASK_ID or ` +
        "JOB_COMPLETION_INDEX is set",
    });
  }
  if (count === undefined) {
    throw new UserError("JOB_COMPLETION_INDEX says which part, not of how many", {
      hint: "give --shard with the job's `completions`, such as --shard 8",
    });
  }
  return checked({ index: index + 1, count }, text ?? "from the environment");
}

function checked(shard: Shard, text: string): Shard {
  if (shard.index < 1 || shard.index > shard.count) throw wrongShard(text);
  return shard;
}

function numberIn(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  return text === undefined || text === "" ? undefined : parseCount(name, text, 0);
}

function wrongShard(text: string): UserError {
  return new UserError(`--shard "${text}" is no part of a sweep`, {
    hint: "give i/n with i from 1 to n, such as 1/4",
  });
}
