/** The flags that name a workload and where it runs, alike for all commands. */

import type { Command } from "commander";

/** Flags of commands that plan for a rate. */
export function addWorkloadOptions(command: Command): Command {
  return addProfileOptions(addPlaceOptions(command.requiredOption("--workload <name>", WORKLOAD)))
    .option("--planner <name>", "one of `sim list planners` (default: scepsy)")
    .option("--plan <file>", "plan file for --planner user")
    .option("--rate <rate>", "executions per second (default: 0.6 of scepsy's predicted peak)")
    .option(
      "--arrivals <process>",
      "poisson, constant, gamma:CV; rates in turn: steps:1x50min,4x10min, bursts:1x1min,9x5s; " +
        "or users who start an execution when their last one has ended: closed:8, and after a " +
        "think time: closed:8x30s",
      "poisson",
    )
    .option("--objective <goal>", "latency, throughput, gpus or goodput (default: latency)")
    .option("--slo <bound>", "for gpus and goodput, such as p95=30s or mean=10s")
    .option("--max-gpus <n>", "plan on the cluster's first n GPUs")
    .option("--refine <n>", "simulate scepsy's n best plans and take the best")
    .option("--exhaustive", "simulate all plans of a small cluster and take the best");
}

/** Flags of commands that profile LLMs. */
export function addProfileOptions(command: Command): Command {
  return command.option("--profiles <file>", "measured profiles (CSV), instead of simulated ones");
}

/** What `--workload` takes. */
export const WORKLOAD =
  "bundled name, workflow file, trace (.jsonl), or several with rates: A=2/s,B=1/s";

/** Flags of what a workload runs on. */
export function addPlaceOptions(command: Command): Command {
  return command
    .exitOverride()
    .option("--cluster <cluster>", "NODESxGPUSxGPU such as 4x8xH100, or path of a cluster file")
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
