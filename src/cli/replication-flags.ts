/** How often a run is repeated: `--replications` and `--precision`. */

import { UserError } from "../errors.ts";
import type { ReplicationCount } from "../experiment/replicate.ts";
import { parseCount } from "./values.ts";

/** As commander gives them. */
export interface ReplicationFlags {
  readonly replications?: string;
  readonly precision?: string;
}

/** What the flags say, where they are given. */
export function replicationCount(flags: ReplicationFlags): Partial<ReplicationCount> {
  const { replications, precision } = flags;
  return {
    ...(replications === undefined
      ? {}
      : { replications: parseCount("--replications", replications, 1) }),
    ...(precision === undefined ? {} : { precision: parsePrecision(precision) }),
  };
}

/** A part such as `5%`. */
function parsePrecision(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  const part = Number(percent?.[1]) / 100;
  if (part > 0 && part < 1) return part;
  throw new UserError(`--precision: "${text}" is not valid`, {
    hint: "give a percentage above 0 and below 100, such as 5%",
  });
}
