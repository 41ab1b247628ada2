/**
 * `sim validate vidur`: a run of Vidur simulated again. Prints a table or JSON; a difference above
 * the limit is a failed check.
 */

import Table from "cli-table3";
import { loadVidurRun } from "../config/load-vidur.ts";
import { CheckFailure } from "../errors.ts";
import {
  compareWithVidur,
  type VidurComparison,
  vidurFindings,
} from "../experiment/validation/vidur.ts";
import { formatDuration } from "../units.ts";

/** As commander gives them. */
export interface ValidateVidurOptions {
  readonly stepwise?: boolean;
  readonly json?: boolean;
}

/** Compares the run in `folder`, reports, and throws a CheckFailure if it differs. */
export function validateVidur(folder: string, options: ValidateVidurOptions): void {
  const comparison = compareWithVidur(loadVidurRun(folder), options.stepwise ?? false);
  const text =
    options.json === true
      ? `${JSON.stringify(comparison, null, 2)}\n`
      : formatComparison(comparison);
  process.stdout.write(text);
  const findings = vidurFindings(comparison);
  if (findings.length > 0) throw new CheckFailure(findings);
}

function formatComparison(comparison: VidurComparison): string {
  const { requests, completed, iterations, restarts, events, differences } = comparison;
  const table = new Table({
    head: ["instant", "largest difference", "request"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const [instant, largest] of Object.entries(differences)) {
    const { difference_seconds: difference, request_id: id } = largest ?? {};
    const shown = difference === undefined ? "–" : `${difference.toExponential(2)} s`;
    table.push([instant.replace("_", " "), shown, id ?? "–"]);
  }
  const time = formatDuration(comparison.wall_seconds);
  return (
    `${comparison.model}: ${completed} of ${requests} requests completed\n${table.toString()}\n` +
    `${iterations.simulated} iterations (Vidur ${iterations.vidur ?? "–"}), ` +
    `${restarts.simulated} restarts (Vidur ${restarts.vidur}), ${events} events in ${time}\n`
  );
}
