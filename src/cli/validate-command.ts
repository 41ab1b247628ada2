/**
 * `sim validate`: the simulator against what others measured or simulated. Every kind of
 * comparison is a command of its own; one that fails its bound ends with exit code 3.
 */

import type { Command } from "commander";
import { addPlaceOptions, WORKLOAD } from "./workload-flags.ts";

const JSON_ONLY = "print one JSON document on stdout and nothing else";
const GPU = "GPU type: bundled name or path";
const OUT = "directory of the picture, SVG and PNG";

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
    .option("--json", JSON_ONLY)
    .action(async (folder, options) =>
      (await import("./validate-vidur.ts")).validateVidur(folder, options),
    );

  validate
    .command("runs")
    .description("measured runs, replayed with the interference between tenants and without")
    .argument("<dir>", "NAME.trace.jsonl, with what was observed, and NAME.plan.yaml of each run")
    .option("--out <dir>", OUT, "results")
    .option("--json", JSON_ONLY)
    .action(async (folder, options) =>
      (await import("./validate-runs.ts")).validateRuns(folder, options),
    );

  validate
    .command("silicon")
    .description("serving points measured on hardware: TTFT, TPOT and latency by group")
    .argument("<file>", "CSV with the columns of aiconfigurator's silicon_sample.csv")
    .option("--rows <rows>", "even, odd or all, numbered from 0", "all")
    .option("--out <dir>", OUT, "results")
    .option("--json", JSON_ONLY)
    .action(async (file, options) =>
      (await import("./validate-silicon.ts")).validateSilicon(file, options),
    );
  addModelComparisons(validate);
  addPredictorComparison(validate);
}

function addPredictorComparison(validate: Command): void {
  addPlaceOptions(
    validate
      .command("predictor")
      .description("what predictors say of plans, with the simulation or with measured runs")
      .option("--workload <name>", WORKLOAD),
  )
    .option("--plans <n>", "random plans that are compared at one rate", "30")
    .option("--runs <dir>", "measured runs instead: NAME.trace.jsonl and NAME.plan.yaml of each")
    .option("--out <dir>", OUT, "results")
    .option("--json", JSON_ONLY)
    .option("--quiet", "print neither progress nor warnings")
    .action(async (options) =>
      (await import("./validate-predictor.ts")).validatePredictor(options),
    );
}

/** Of parts of the model, without a simulation. */
function addModelComparisons(validate: Command): void {
  validate
    .command("iterations")
    .description("the cost model with iterations of one LLM that were measured alone")
    .argument("<file>", "CSV with the columns of clusters/measurements/h100/solo.csv")
    .option("--gpu <gpu>", GPU, "H100")
    .option("--leave-out <what>", "model: fit anew without each model, and predict it")
    .option("--out <dir>", OUT, "results")
    .option("--json", JSON_ONLY)
    .action(async (file, options) =>
      (await import("./validate-iterations.ts")).validateIterations(file, options),
    );

  validate
    .command("colocation")
    .description("the interference model with measured slowdowns of tenants of one GPU")
    .argument("<file>", "CSV with the columns of clusters/measurements/h100/colocate.csv")
    .option("--gpu <gpu>", GPU, "H100")
    .option("--leave-out <what>", "shares: fit anew without each pair of shares, and predict it")
    .option("--out <dir>", OUT, "results")
    .option("--json", JSON_ONLY)
    .action(async (file, options) =>
      (await import("./validate-colocation.ts")).validateColocation(file, options),
    );

  validate
    .command("shares")
    .description("what a part of the SMs keeps, with measured slowdowns against the whole GPU")
    .argument("<file>", "CSV with the columns that MuxServe published: model,tp,mps_pct,…")
    .requiredOption("--gpu <gpu>", GPU)
    .option("--out <dir>", OUT, "results")
    .option("--json", JSON_ONLY)
    .action(async (file, options) =>
      (await import("./validate-shares.ts")).validateShares(file, options),
    );
}
