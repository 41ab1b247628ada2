/**
 * `sim list`: the names that other commands take.
 */

import { bundledNames } from "../config/catalog.ts";
import { ROUTER_NAMES } from "../deployment/plan.ts";
import { unknownName } from "../errors.ts";
import { PLANNERS } from "../experiment/planners.ts";
import { FORMATS } from "../trace-import/formats.ts";

const LISTS: Record<string, () => readonly string[]> = {
  workloads: () => bundledNames("workflow"),
  clusters: () => bundledNames("cluster"),
  gpus: () => bundledNames("gpu"),
  models: () => bundledNames("model"),
  engines: () => bundledNames("engine"),
  planners: () => PLANNERS.map(({ name }) => name),
  routers: () => ROUTER_NAMES,
  formats: () => FORMATS.map(({ name, description }) => `${name.padEnd(15)} ${description}`),
};

/** Prints one list, a name a line, or all of them. */
export function listCommand(kind: string | undefined): void {
  if (kind === undefined) {
    for (const [name, list] of Object.entries(LISTS)) {
      process.stdout.write(`${name}: ${list().join(", ")}\n`);
    }
    return;
  }
  const list = LISTS[kind];
  if (list === undefined) throw unknownName("list", kind, Object.keys(LISTS));
  process.stdout.write(`${list().join("\n")}\n`);
}
