/**
 * `sim plan`: the plan alone, with what it is predicted to do.
 */

import { basename, dirname, extname } from "node:path";
import { formatPlan } from "../config/format-plan.ts";
import { UserError } from "../errors.ts";
import { type PlanRequest, planWorkload } from "../experiment/planning.ts";
import { summarizePlanned } from "../experiment/summary.ts";
import { writeOutput } from "../records/whole-file.ts";
import { placementPicture } from "../report/placement-picture.ts";
import { writePicture } from "../report/write-picture.ts";
import { parseRunArrivals } from "./arrival-flags.ts";
import { formatEmitted, parseEmit } from "./emit-plan.ts";
import { placementData } from "./placement-data.ts";
import { formatPlanned } from "./plan-table.ts";
import { printWarning } from "./print-error.ts";
import { createProgress } from "./progress.ts";
import { loadWorkload, type WorkloadOptions } from "./workload-options.ts";

/** As commander gives them. */
export interface PlanOptions extends WorkloadOptions {
  readonly arrivals: string;
  readonly out?: string;
  readonly emit?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Plans and reports. */
export async function planCommand(options: PlanOptions): Promise<void> {
  const emit = options.emit === undefined ? undefined : parseEmit(options.emit);
  const workload = loadWorkload(options);
  const coming = parseRunArrivals(options.arrivals, workload.workflow);
  const request = { ...workload, ...coming };
  const isQuiet = options.quiet === true || options.json === true;
  const progress = await createProgress(isQuiet);
  const planned = await planWorkload(request, progress.update);
  progress.stop();
  if (!isQuiet) {
    for (const warning of [...planned.warnings, ...idleArrivals(request)]) printWarning(warning);
  }
  const { outcome } = planned;
  let written = "";
  if (options.out !== undefined) {
    if (!outcome.isFeasible) {
      throw new UserError(`no plan is written: ${outcome.reason}`, {
        hint: "ask for a lower --rate or give a larger --cluster",
      });
    }
    const title = `planned by ${workload.planner.name}`;
    const text = formatPlan(outcome.deployment, { ...workload.sources, title });
    writeOutput(options.out, text, { what: "the plan", option: "--out" });
    const svg = placementPicture({
      title: `${workload.workflow.name} on ${workload.cluster.name}`,
      subtitle: title,
      ...placementData(outcome.deployment),
    });
    const name = basename(options.out, extname(options.out));
    const { png } = writePicture(dirname(options.out), name, svg);
    written = `Plan: ${options.out}, picture: ${png}\n`;
  }
  if (emit !== undefined) {
    if (outcome.isFeasible) {
      process.stdout.write(formatEmitted(emit, outcome.deployment, workload));
    } else {
      process.stderr.write(`No feasible plan: ${outcome.reason}\n`);
    }
    return;
  }
  const summary = summarizePlanned(request, planned);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(summary, null, 2)}\n`
      : formatPlanned(summary) + written,
  );
}

/** A warning where a process of arrivals was given and nothing is simulated. */
function idleArrivals({ arrivalProcess, search }: PlanRequest): string[] {
  const isPoisson = arrivalProcess === undefined || arrivalProcess.kind === "poisson";
  if (isPoisson || search !== undefined) return [];
  const what = "predictions know the rate of --arrivals and nothing else of it";
  return [`${what}: --refine simulates plans with it`];
}
