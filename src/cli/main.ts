#!/usr/bin/env node
/**
 * The command line. Commands load what they need when they run, so that `--help` is quick.
 * Exit codes: 0 done, 1 a wrong value or file, 2 wrong usage, 70 a bug of ours.
 */

import { Command, CommanderError } from "commander";
import { printError } from "./print-error.ts";
import { VERSION } from "./version.ts";

const EXIT_USER_ERROR = 1;
const EXIT_USAGE = 2;
const EXIT_BUG = 70;

const program = new Command("sim")
  .description(
    "Simulates GPU clusters that serve agentic multi-LLM workflows, and judges the plans that " +
      "say which LLM gets which share of which GPU: predicted beside simulated.",
  )
  .version(VERSION)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text) })
  .addHelpText(
    "after",
    "\nFor example:\n  sim run --workload swe-agent --cluster 4x8xH100\n  sim list workloads",
  );

addWorkloadOptions(
  program
    .command("run")
    .description("plan a workload, simulate the plan, and set the prediction beside it"),
)
  .option("--executions <n>", "executions that arrive (default: 500, more on a large cluster)")
  .option("--duration <time>", "arrivals stop after this time, instead of --executions")
  .option("--warmup <part>", "not measured: a part of the arrivals, or a time", "10%")
  .option("--out <dir>", "results directory (default: results/<workload>-<cluster>-…)")
  .option("--sample <time>", "interval of the GPU samples", "1s")
  .option("--stepwise", "make every iteration an event: slower, the same result")
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print neither progress nor warnings")
  .action(async (options) => (await import("./run-command.ts")).runCommand(options));

addWorkloadOptions(
  program.command("plan").description("only plan: the placement and what it is predicted to do"),
)
  .option("--out <file>", "write the plan as YAML")
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print neither progress nor warnings")
  .action(async (options) => (await import("./plan-command.ts")).planCommand(options));

program
  .command("list")
  .description("what is bundled")
  .argument("[kind]", "workloads, clusters, gpus, models, engines or planners; all without it")
  .action(async (kind) => (await import("./list-command.ts")).listCommand(kind));

// A plan file may name the cluster.
program.hook("preAction", (_, command) => {
  const { workload, cluster, plan } = command.opts();
  if (workload === undefined || cluster !== undefined || plan !== undefined) return;
  command.error("error: required option '--cluster <cluster>' not specified (nor a --plan)");
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof CommanderError)) printError(error);
}

function addWorkloadOptions(command: Command): Command {
  return command
    .exitOverride()
    .requiredOption("--workload <name>", "bundled name, or path of a workflow file")
    .option("--cluster <cluster>", "NODESxGPUSxGPU such as 4x8xH100, or path of a cluster file")
    .option("--planner <name>", "scepsy, independent or user (default: scepsy)")
    .option("--plan <file>", "plan file for --planner user")
    .option("--rate <rate>", "executions per second (default: 0.6 of scepsy's predicted peak)")
    .option(
      "--llm <role=model>",
      "another model for an LLM of the workload; repeatable",
      collect,
      [],
    )
    .option("--engine <name>", "serving engine: bundled name or path (default: vllm-0.19)")
    .option("--seed <n>", "master seed", "1");
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  return error instanceof Error && error.name.startsWith("UserError") ? EXIT_USER_ERROR : EXIT_BUG;
}
