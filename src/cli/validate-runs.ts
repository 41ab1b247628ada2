/**
 * `sim validate runs`: measured runs replayed. Prints a table or JSON.
 */

import Table from "cli-table3";
import {
  compareWithRuns,
  type RunComparison,
  type RunsComparison,
} from "../experiment/validation/runs.ts";
import { type ComparisonOptions, reportComparison } from "./comparison-report.ts";
import { printWarning } from "./print-error.ts";
import { percent, signed } from "./table-values.ts";

/** Replays the runs in `folder` and reports. */
export async function validateRuns(folder: string, options: ComparisonOptions): Promise<void> {
  const { comparison, latencies, warnings } = compareWithRuns(folder);
  for (const warning of warnings) printWarning(warning);
  await reportComparison(options, comparison, formatComparison(comparison), {
    name: "validate-runs",
    title: "Executions of measured runs, simulated against observed",
    quantity: "latency",
    unit: "s",
    groups: latencies,
  });
}

function formatComparison(comparison: RunsComparison): string {
  const { runs, shared_runs: shared, without_interference: without } = comparison;
  const table = new Table({
    head: [
      "run",
      "tenants",
      "completed",
      "mean latency",
      "90 % interval",
      "one execution",
      "one call",
      "one TTFT",
      "without interference",
    ],
    colAligns: ["left", ...Array(8).fill("right")],
    style: { head: [], border: [] },
  });
  for (const run of runs) {
    const { error } = run;
    table.push([
      run.name,
      run.tenants,
      `${run.completed} of ${run.executions}`,
      signed(error.latency_mean),
      shownInterval(run),
      percent(error.execution_mape),
      percent(error.call_mape),
      percent(error.ttft_mape),
      signed(run.without_interference.latency_mean),
    ]);
  }
  const summary = [
    ["mean latency, mean size of its error", "latency_mean_abs_error_mean"],
    ["mean latency, largest", "latency_mean_abs_error_max"],
    ["one execution, mean size", "execution_mape_mean"],
    ["one call, mean size", "call_mape_mean"],
  ] as const;
  const lines = summary.map(
    ([name, key]) =>
      `  ${name}: ${percent(comparison[key])}, without interference ${percent(without[key])}`,
  );
  const holding = `${comparison.intervals_holding} of ${shared}`;
  return (
    `Simulated against observed; without interference: mean latency\n${table.toString()}\n` +
    `${shared} of ${runs.length} runs share GPUs; over these:\n${lines.join("\n")}\n` +
    `  observed mean latency within the interval of the simulated one: ${holding}\n`
  );
}

/** The interval of the mean latency, relative to what was observed. */
function shownInterval({ error, latency_mean_interval_seconds: interval, ...run }: RunComparison) {
  if (interval === null || error.latency_mean === null) return "–";
  const [low, high] = interval;
  const center = (low + high) / 2;
  const observed = center / (1 + error.latency_mean);
  const shown = `${signed(low / observed - 1)} to ${signed(high / observed - 1)}`;
  return run.interval_holds === true ? shown : `${shown} !`;
}
