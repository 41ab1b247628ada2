/**
 * `sim validate planners`: the plans of planners beside the best ones. Prints a table or JSON.
 */

import Table from "cli-table3";
import { loadCluster } from "../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "../config/load-model.ts";
import { PLANNERS } from "../experiment/planners.ts";
import { comparePlanners, type PlannersComparison } from "../experiment/validation/planners.ts";
import { createProgress } from "./progress.ts";
import { percent } from "./table-values.ts";
import { parseCount } from "./values.ts";

/** As commander gives them. */
export interface PlannersOptions {
  readonly cluster: string;
  readonly workflows: string;
  readonly seed: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Compares and reports. */
export async function validatePlanners(options: PlannersOptions): Promise<void> {
  const workflows = parseCount("--workflows", options.workflows, 1);
  const seed = parseCount("--seed", options.seed, 0);
  const cluster = loadCluster(options.cluster);
  const progress = await createProgress(options.quiet === true || options.json === true);
  const engine = loadEngine(DEFAULT_ENGINE);
  let comparison: PlannersComparison;
  try {
    comparison = await comparePlanners(
      {
        cluster,
        planners: PLANNERS,
        workflows,
        seed,
        engine,
        modelNamed: (name) => loadModel(name),
      },
      progress.update,
    );
  } finally {
    progress.stop();
  }
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(comparison, null, 2)}\n`
      : formatComparison(comparison),
  );
}

function formatComparison({ cluster, workflows, plans_mean, planners }: PlannersComparison) {
  const table = new Table({
    head: ["planner", "mean regret", "worst", "faster plans", "without a stable plan"],
    colAligns: ["left", ...Array(4).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, regret] of Object.entries(planners)) {
    table.push([
      name,
      percent(regret.regret_mean),
      percent(regret.regret_max),
      percent(regret.quantile_mean),
      `${regret.without} of ${workflows}`,
    ]);
  }
  return (
    `Mean latency over that of the best plan, ${workflows} random workflows on ${cluster}, ` +
    `each beside ${Math.round(plans_mean)} plans\n${table.toString()}\n`
  );
}
