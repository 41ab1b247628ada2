#!/usr/bin/env node
/**
 * The command line. Commands load what they need when they run, so that `--help` is quick.
 * Exit codes: 0 done, 1 a wrong value or file, 2 wrong usage, 3 a check that failed, 70 a bug of
 * ours.
 */

import { Argument, Command, CommanderError, Option } from "commander";
import { FIGURE_IDS } from "./figure-ids.ts";
import { printError } from "./print-error.ts";
import { addSweepCommands } from "./sweep-flags.ts";
import { usageError } from "./usage-error.ts";
import { addValidateCommand } from "./validate-command.ts";
import { VERSION } from "./version.ts";
import {
  addPlaceOptions,
  addProfileOptions,
  addWorkloadOptions,
  WORKLOAD,
} from "./workload-flags.ts";

const EXIT_USER_ERROR = 1;
const EXIT_USAGE = 2;
const EXIT_CHECK_FAILED = 3;
const EXIT_BUG = 70;

const program = new Command("sim")
  .description(
    "Simulates GPU clusters that serve agentic multi-LLM workflows, and judges the plans that " +
      "say which LLM gets which share of which GPU: predicted beside simulated.",
  )
  .version(VERSION)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(usageError(text, program, process.argv.slice(2))),
  })
  .addHelpText(
    "after",
    "\nFor example:\n  sim run --workload swe-agent --cluster 4x8xH100\n  sim list workloads",
  );

addOutputOptions(
  addWorkloadOptions(
    program
      .command("run")
      .description("plan a workload, simulate the plan, and set the prediction beside it"),
  )
    .option("--executions <n>", "executions that arrive (default: 500, more on a large cluster)")
    .option("--duration <time>", "arrivals stop after this time, instead of --executions")
    .option("--warmup <part>", "not measured: a part of the arrivals, or a time", "10%")
    .option("--replications <n>", "runs, each with executions of its own; tables of the first")
    .option("--precision <part>", "more runs, 10 to 200, until the mean latency is known to ± 5%")
    .option("--save-trace <file>", "write the executions as a trace, for `sim replay`"),
).action(async (options) => (await import("./run-command.ts")).runCommand(options));

addWorkloadOptions(
  program.command("plan").description("only plan: the placement and what it is predicted to do"),
)
  .option("--out <file>", "write the plan as YAML")
  .addOption(
    new Option("--emit <format>", "print the plan's servers for kubernetes or compose").conflicts(
      "json",
    ),
  )
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print neither progress nor warnings")
  .action(async (options) => (await import("./plan-command.ts")).planCommand(options));

addProfileOptions(
  addPlaceOptions(
    program
      .command("profile")
      .description("how each LLM serves its calls alone, by TP degree, share and rate")
      .requiredOption("--workload <name>", WORKLOAD),
  ),
)
  .option("--save <file>", "write the profiles as a CSV file that --profiles takes")
  .option("--out <dir>", "directory of the pictures", "results")
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print no progress")
  .action(async (options) => (await import("./profile-command.ts")).profileCommand(options));

addProfileOptions(
  addPlaceOptions(
    program
      .command("compare")
      .description("several planners over a sweep of rates: peak throughput, latency at equal load")
      .requiredOption("--workload <name>", WORKLOAD),
  ),
)
  .option("--planners <names>", "planners, with commas between (default: all of `list planners`)")
  .option("--rates <rates>", "more rates at which latency is measured, with commas between")
  .option("--replications <n>", "runs of everything, each with executions of its own", "5")
  .option("--workers <n>", "threads; decides no result (default: one a core)")
  .option("--out <dir>", "results directory (default: results/compare-<workload>-<cluster>-…)")
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print no progress")
  .action(async (options) => (await import("./compare-command.ts")).compareCommand(options));

program
  .command("figures")
  .description("the figures of the paper, in our setting: tables, SVG and PNG")
  .addArgument(new Argument("[ids...]", "all without them").choices(FIGURE_IDS))
  .option("--quick", "few executions and rates, one workload, a small cluster")
  .option("--from <dir>", "only draw again from the tables in a directory")
  .option("--out <dir>", "directory of the tables and pictures", "results/figures")
  .option("--workers <n>", "threads; decides no result (default: one a core)")
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print no progress")
  .action(async (ids, options) =>
    (await import("./figures-command.ts")).figuresCommand(ids, options),
  );

addOutputOptions(
  program
    .command("replay")
    .description("run a recorded trace on a plan: its dependencies and lengths fixed")
    .argument("<trace>", "JSON lines, one LLM call a line")
    .requiredOption("--plan <file>", "plan file whose LLMs the calls name")
    .option("--engine <name>", "serving engine of a plan that names none (default: vllm-0.19)")
    .option("--seed <n>", "master seed, of routers that draw", "1")
    .option(
      "--intervals",
      "also how far the mean latency may be off by the errors of what was fitted",
    )
    .option("--rate <rate>", "sessions per second, instead of the recorded times")
    .option("--arrivals <process>", "with --rate, as of `sim run` but closed (default: poisson)")
    .option("--warmup <part>", "not measured: a part of the arrivals, or a time", "0"),
).action(async (trace, options) =>
  (await import("./replay-command.ts")).replayCommand(trace, options),
);

program
  .command("import")
  .description("a trace in a foreign format as one of ours, to replay or to plan for")
  .argument("<file>", "such as a log or an export; may end in .gz")
  .requiredOption("--out <trace>", "where the trace is written (JSON lines)")
  .option("--format <name>", "`sim list formats` (default: found out)")
  .option("--model <name>", "name of the LLM of all calls, instead of what the file says")
  .option("--block-size <tokens>", "of blocks that hash_ids stand for", "512")
  .option("--skip-bad", "leave out lines that are wrong, and count them")
  .option("--summary", "print what a planner needs to know of each LLM")
  .option("--json", "print one JSON document on stdout and nothing else")
  .action(async (file, options) =>
    (await import("./import-command.ts")).importCommand(file, options),
  );

program
  .command("report")
  .description("a report of a results directory: one HTML file that needs no network")
  .argument("<dir>", "results directory of run, replay, compare or sweep")
  .option("--out <file>", "where to write it (default: report.html in the directory)")
  .action(async (directory, options) =>
    (await import("./report-command.ts")).reportCommand(directory, options),
  );

program
  .command("view")
  .description("a viewer of one run, or of two beside each other, in the browser")
  .argument("<dir>", "results directory of run or replay")
  .argument("[other]", "another, of the same executions")
  .option("--port <n>", "port to listen on; 0 takes a free one and prints it", "0")
  .action(async (directory, other, options) =>
    (await import("./view-command.ts")).viewCommand(directory, other, options),
  );

program
  .command("record")
  .description("a proxy in front of an OpenAI-compatible server that writes a trace of its calls")
  .requiredOption("--upstream <url>", "the server, such as http://localhost:8000")
  .requiredOption("--out <trace>", "JSON lines, a call a line; a trace that is there goes on")
  .option("--port <n>", "port to listen on; 0 takes a free one and prints it", "0")
  .option("--host <address>", "address to listen on", "127.0.0.1")
  .option("--session-header <name>", "names the execution of a call", "x-session-id")
  .option("--store-text", "also write what was asked and answered")
  .option("--max-body <size>", "longer requests are refused (413)", "64 MB")
  .action(async (options) => (await import("./record-command.ts")).recordCommand(options));

program
  .command("bench")
  .description("how fast the simulator is: queue, replay, agentic, or all three")
  .argument("[name]", "queue, replay or agentic; all without it")
  .option("--baseline <file>", "document of an earlier bench; exit code 3 if this one is worse")
  .option("--out <file>", "write the document of --json to a file")
  .option("--json", "print one JSON document on stdout and nothing else")
  .option("--quiet", "print no progress")
  .action(async (name, options) =>
    (await import("./bench-command.ts")).benchCommand(name, options),
  );

addValidateCommand(program);

addSweepCommands(program);

program
  .command("calibrate")
  .description("fit how fast a GPU is, and what its tenants do to one another, to measurements")
  .argument("<files...>", "CSV files of scripts/measure: bench.py's, colocate.py's, or both")
  .requiredOption("--gpu <gpu>", "GPU type to start from, bundled name or path: memory, links, …")
  .requiredOption("--out <file>", "GPU file to write")
  .action(async (files, options) =>
    (await import("./calibrate-command.ts")).calibrateCommand(files, options),
  );

program
  .command("describe")
  .description("a workload as a tree with what its steps take, and as a picture")
  .argument("<workload>", "bundled name, or workflow file")
  .option("--out <file>", "draw it too, as SVG and PNG")
  .option("--json", "print one JSON document on stdout and nothing else")
  .action(async (workload, options) =>
    (await import("./describe-command.ts")).describeCommand(workload, options),
  );

program
  .command("schema")
  .description("the JSON Schema of an input file")
  .argument("[kind]", "workflow, cluster, gpu, model, engine, plan or sweep")
  .action(async (kind) => (await import("./schema-command.ts")).schemaCommand(kind));

program
  .command("list")
  .description("what is bundled")
  .argument(
    "[kind]",
    "workloads, clusters, gpus, models, engines, planners or routers; all without it",
  )
  .action(async (kind) => (await import("./list-command.ts")).listCommand(kind));

// A plan file may name the cluster.
program.hook("preAction", (_, command) => {
  const { workload, cluster, plan } = command.opts();
  if (workload === undefined || cluster !== undefined || plan !== undefined) return;
  command.error("error: required option '--cluster <cluster>' not specified (nor a --plan)");
});

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof CommanderError)) printError(error);
}

/** Of commands that simulate and write a results directory. */
function addOutputOptions(command: Command): Command {
  return command
    .exitOverride()
    .option("--out <dir>", "results directory (default: results/<workload>-<cluster>-…)")
    .option("--sample <time>", "interval of the GPU samples", "1s")
    .option("--trace-events", "also write trace.json, which ui.perfetto.dev opens")
    .option("--stepwise", "make every iteration an event: slower, the same result")
    .addOption(
      new Option(
        "--watch",
        "on a terminal: clock, rates, queues and speed while it runs",
      ).conflicts(["json", "quiet"]),
    )
    .option("--json", "print one JSON document on stdout and nothing else")
    .option("--quiet", "print neither progress nor warnings");
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof Error && error.name === "CheckFailure") return EXIT_CHECK_FAILED;
  return error instanceof Error && error.name.startsWith("UserError") ? EXIT_USER_ERROR : EXIT_BUG;
}
