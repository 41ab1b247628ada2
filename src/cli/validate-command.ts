/**
 * `sim validate`: the simulator against what others measured or simulated. Every kind of
 * comparison is a command of its own; one that fails its bound ends with exit code 3.
 */

import type { Command } from "commander";

/** Registers `validate` and its kinds. */
export function addValidateCommand(program: Command): void {
  const validate = program
    .command("validate")
    .description("compare with measurements and with other simulators");

  validate
    .command("vidur")
    .description("the batching loop with a run of Vidur, on Vidur's own times: equal to 1e-7 s")
    .argument("<dir>", "summary.json, trace.csv, requests.csv and table_*.csv.gz of the run")
    .option("--stepwise", "make every iteration an event: slower, the same result")
    .option("--json", "print one JSON document on stdout and nothing else")
    .action(async (folder, options) =>
      (await import("./validate-vidur.ts")).validateVidur(folder, options),
    );
}
