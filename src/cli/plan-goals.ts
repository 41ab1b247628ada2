/** What a plan is made for and how it is searched, from the options that say so. */

import { UserError, unknownName } from "../errors.ts";
import type { PlanRequest } from "../experiment/planning.ts";
import type { LatencyTarget, Objective } from "../planner/planner.ts";
import { parseCount, parseDuration } from "./values.ts";
import type { WorkloadOptions } from "./workload-options.ts";

const OBJECTIVES = ["latency", "throughput", "gpus", "goodput"] as const;

/** The goals of a plan. */
export function parseGoals(
  options: WorkloadOptions,
): Pick<PlanRequest, "objective" | "maxGpus" | "search"> {
  const { maxGpus, refine, exhaustive } = options;
  if (refine !== undefined && exhaustive === true) {
    throw new UserError("--refine and --exhaustive are both given", {
      hint: "give one of the two: they say which plans are simulated",
    });
  }
  const isSimulated = refine !== undefined || exhaustive === true;
  if (isSimulated && options.planner !== undefined && options.planner !== "scepsy") {
    throw new UserError(
      `--refine and --exhaustive choose plans of scepsy, not ${options.planner}`,
      {
        hint: "leave out --planner",
      },
    );
  }
  const objective = parseObjective(options);
  return {
    ...(objective === undefined ? {} : { objective }),
    ...(maxGpus === undefined ? {} : { maxGpus: parseCount("--max-gpus", maxGpus, 1) }),
    ...(exhaustive === true ? { search: "exhaustive" as const } : {}),
    ...(refine === undefined ? {} : { search: parseCount("--refine", refine, 1) }),
  };
}

function parseObjective({ objective = "latency", slo }: WorkloadOptions): Objective | undefined {
  const kind = OBJECTIVES.find((name) => name === objective);
  if (kind === undefined) throw unknownName("objective", objective, OBJECTIVES);
  if (kind === "gpus" || kind === "goodput") {
    if (slo !== undefined) return { kind, target: parseTarget(slo) };
    throw new UserError(`--objective ${kind} needs a latency bound`, {
      hint: "give --slo, such as p95=30s or mean=10s",
    });
  }
  if (slo !== undefined) {
    throw new UserError(`--slo says nothing to --objective ${kind}`, {
      hint: "give --objective gpus or goodput, or leave it out",
    });
  }
  return kind === "latency" ? undefined : { kind };
}

/** `p95=30s` or `mean=10s`. */
function parseTarget(text: string): LatencyTarget {
  const [, name = "", bound = ""] = /^(mean|p\d+(?:\.\d+)?)=(.+)$/.exec(text) ?? [];
  const quantile = name === "mean" ? "mean" : Number(name.slice(1)) / 100;
  if (name === "" || (quantile !== "mean" && !(quantile > 0 && quantile < 1))) {
    throw new UserError(`--slo "${text}" is no bound on latency`, {
      hint: "write it as p95=30s or mean=10s",
    });
  }
  return { quantile, seconds: parseDuration("--slo", bound) };
}
