/**
 * The `--arrivals` option: what process executions arrive by, or how many users start them.
 */

import { UserError } from "../errors.ts";
import type { RunRequest } from "../experiment/run.ts";
import { parseQuantity } from "../units.ts";
import type { ArrivalProcess, RateStep } from "../workflow/arrivals.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";
import type { Program } from "../workflow/mix.ts";

/** How the executions of a run of `workflow` come. */
export function parseRunArrivals(
  text: string,
  workflow: Program,
): Pick<RunRequest, "arrivalProcess" | "closedLoop"> {
  const arrivals = parseArrivals("--arrivals", text);
  if (arrivals.kind !== "closed") return { arrivalProcess: arrivals };
  if ("parts" in workflow) {
    throw new UserError(`--arrivals: "${text}" does not go with several workloads`, {
      hint: "their rates say how often each comes: give one workload, or an open process",
    });
  }
  return { closedLoop: arrivals };
}

/** A process that goes with a rate. */
export function parseOpenArrivals(option: string, text: string): ArrivalProcess {
  const arrivals = parseArrivals(option, text);
  if (arrivals.kind !== "closed") return arrivals;
  throw new UserError(`${option}: "${text}" does not go with --rate`, {
    hint: "users make a rate of their own: give a process such as poisson",
  });
}

/**
 * `poisson`, `constant`, `gamma:CV`, `steps:LEVELxTIME,…`, `bursts:…`, `closed:USERS` or
 * `closed:USERSxTHINK`, else a UserError.
 */
export function parseArrivals(option: string, text: string): ArrivalProcess | ClosedLoop {
  if (text === "poisson" || text === "constant") return { kind: text };
  const [, kind, value = ""] = /^(gamma|steps|bursts|closed):(.+)$/.exec(text) ?? [];
  if (kind === "gamma" && Number(value) > 0 && Number.isFinite(Number(value))) {
    return { kind, cv: Number(value) };
  }
  if (kind === "steps" || kind === "bursts") {
    const steps = value.split(",").map(parseStep);
    if (steps.every((step) => step !== undefined) && steps.some(({ level }) => level > 0)) {
      return { kind, steps };
    }
  }
  const loop = kind === "closed" ? parseLoop(value) : undefined;
  if (loop !== undefined) return loop;
  throw new UserError(`${option}: "${text}" is not valid`, {
    hint:
      "give poisson, constant, gamma:CV with the coefficient of variation of the gaps, or " +
      "steps:LEVELxTIME,… such as steps:1x50min,4x10min, relative rates that follow one another, " +
      "or bursts:… alike with times that are means, or closed:USERS or closed:USERSxTHINK such " +
      "as closed:8x30s, users who think that long on average between executions",
  });
}

/** Users, and the mean time that they think. */
function parseLoop(text: string): ClosedLoop | undefined {
  const [, users, time] = /^([1-9]\d{0,5})(?:x(.+))?$/.exec(text) ?? [];
  const think = time === undefined ? 0 : parseQuantity("duration", time);
  if (users === undefined || think === undefined) return undefined;
  return { kind: "closed", users: Number(users), think };
}

/** A relative rate and how long it lasts. */
function parseStep(text: string): RateStep | undefined {
  const [, level, time = ""] = /^(\d+(?:\.\d+)?)x(.+)$/.exec(text.trim()) ?? [];
  const duration = parseQuantity("duration", time);
  if (level === undefined || duration === undefined || duration <= 0) return undefined;
  return { level: Number(level), duration };
}
