/**
 * The `--arrivals` option: what process executions arrive by.
 */

import { UserError } from "../errors.ts";
import { parseQuantity } from "../units.ts";
import type { ArrivalProcess, RateStep } from "../workflow/arrivals.ts";

/** `poisson`, `constant`, `gamma:CV`, `steps:LEVELxTIME,…` or `bursts:…`, else a UserError. */
export function parseArrivals(option: string, text: string): ArrivalProcess {
  if (text === "poisson" || text === "constant") return { kind: text };
  const [, kind, value = ""] = /^(gamma|steps|bursts):(.+)$/.exec(text) ?? [];
  if (kind === "gamma" && Number(value) > 0 && Number.isFinite(Number(value))) {
    return { kind, cv: Number(value) };
  }
  if (kind === "steps" || kind === "bursts") {
    const steps = value.split(",").map(parseStep);
    if (steps.every((step) => step !== undefined) && steps.some(({ level }) => level > 0)) {
      return { kind, steps };
    }
  }
  throw new UserError(`${option}: "${text}" is not valid`, {
    hint:
      "give poisson, constant, gamma:CV with the coefficient of variation of the gaps, or " +
      "steps:LEVELxTIME,… such as steps:1x50min,4x10min, relative rates that follow one another, " +
      "or bursts:… alike with times that are means",
  });
}

/** A relative rate and how long it lasts. */
function parseStep(text: string): RateStep | undefined {
  const [, level, time = ""] = /^(\d+(?:\.\d+)?)x(.+)$/.exec(text.trim()) ?? [];
  const duration = parseQuantity("duration", time);
  if (level === undefined || duration === undefined || duration <= 0) return undefined;
  return { level: Number(level), duration };
}
