/** The commands that run many runs, and their flags. */

import type { Command } from "commander";

/** Adds `sweep`, `worker` and `check`. */
export function addSweepCommands(program: Command): void {
  const queue = "address of a Redis that hands points to `sim worker`s, such as redis://host:6379";
  program
    .command("sweep")
    .description("a declared grid of runs: in parallel, resumable, over many machines; one table")
    .argument("<file>", "YAML file with a grid or points")
    .option("--out <dir>", "directory of the table (default: results/<file>)")
    .option("--workers <n>", "threads; decides no result (default: one a core)")
    .option("--shard <i/n>", "run the i-th of n parts; n alone takes i from Slurm or Kubernetes")
    .option("--merge", "run nothing: write the table of what shards have left in --out")
    .option("--queue <url>", queue)
    .option("--json", "print one JSON document on stdout and nothing else")
    .option("--quiet", "print no progress")
    .action(async (file, options) =>
      (await import("./sweep-command.ts")).sweepCommand(file, options),
    );
  program
    .command("worker")
    .description("run points that `sweep --queue` hands out, until it is stopped")
    .requiredOption("--queue <url>", "the sweep's Redis, such as redis://host:6379")
    .option("--out <dir>", "the sweep's --out, in a folder that both share")
    .option("--workers <n>", "threads (default: one a core)")
    .option("--quiet", "print nothing")
    .action(async (options) => (await import("./worker-command.ts")).workerCommand(options));
  program
    .command("check")
    .description("re-run a small pinned suite and compare; exit code 3 on a regression")
    .requiredOption("--baseline <file>", "figures of an earlier check")
    .option("--update", "write the figures as the new baseline, and compare nothing")
    .option("--json", "print one JSON document on stdout and nothing else")
    .option("--quiet", "print no progress")
    .action(async (options) => (await import("./check-command.ts")).checkCommand(options));
}
