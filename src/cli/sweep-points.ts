/**
 * The points that a sweep file declares, made into runs. All that is wrong with their options is
 * reported at once, at its place in the file, before anything runs.
 */

import { type DeclaredPoint, type DeclaredSweep, loadSweep } from "../config/load-sweep.ts";
import { collectProblems } from "../config/located-errors.ts";
import type { PointOptions } from "../config/sweep-schema.ts";
import { UserError } from "../errors.ts";
import { type PointInput, pointKey, type SweepPoint } from "../experiment/sweep-point.ts";
import { parseRunArrivals } from "./arrival-flags.ts";
import { replicationCount } from "./replication-flags.ts";
import { arrivalLimit } from "./run-command.ts";
import { parseWarmup } from "./values.ts";
import { loadWorkload } from "./workload-options.ts";

/** As `sim run` samples; the points keep no samples. */
const SAMPLE_INTERVAL = 1;

/** A sweep whose points can be run, each once. */
export interface LoadedSweep {
  readonly name: string;
  readonly points: readonly SweepPoint[];
  /** Points that the file declares, repeated ones too. */
  readonly declared: number;
}

/** Loads a sweep file. */
export function loadPoints(file: string): LoadedSweep {
  const sweep = loadSweep(file);
  const points = new Map<string, SweepPoint>();
  const reported = new Set<string>();
  collectProblems(sweep, (attempt) => {
    for (const declared of sweep.points) {
      try {
        const point = toPoint(declared.options);
        if (!points.has(point.key)) points.set(point.key, point);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const path = pathOf(declared, error);
        const text = `${path.join(".")} ${error.message}`;
        // A wrong value of a grid is met by many points.
        if (reported.has(text)) continue;
        reported.add(text);
        attempt(path, () => {
          throw error;
        });
      }
    }
  });
  return { name: sweep.name, points: [...points.values()], declared: sweep.points.length };
}

/** A point from its options. */
export function toPoint(options: PointOptions): SweepPoint {
  const { load } = options;
  if (load !== undefined && options.rate !== undefined) {
    throw new UserError("rate and load are both given", { hint: "give one of the two" });
  }
  if (options.cluster === undefined && options.plan === undefined) {
    throw new UserError("neither a cluster nor a plan is given");
  }
  const { inputs, sources: _, planner, ...workload } = loadWorkload(commandOptions(options));
  const arrivals = parseRunArrivals(options.arrivals ?? "poisson", workload.workflow);
  if (load !== undefined && arrivals.closedLoop !== undefined) {
    throw new UserError(`load does not go with arrivals "${options.arrivals}"`, {
      hint: "users make a rate of their own: leave one of the two out",
    });
  }
  const input: PointInput = {
    ...workload,
    ...arrivalLimit(options),
    ...replicationCount(options),
    ...arrivals,
    ...(load === undefined ? {} : { load }),
    planner: planner.name,
    warmup: parseWarmup("--warmup", options.warmup ?? "10%"),
    sampleInterval: SAMPLE_INTERVAL,
    isStepwise: options.stepwise ?? false,
  };
  const hashes = [...inputs.values()].map(({ sha256 }) => sha256);
  return { key: pointKey(input, hashes), options, input };
}

/** The options of a point as commander gives those of `sim run`. */
function commandOptions({ llm, max_gpus, seed, load: _, ...options }: PointOptions) {
  const models = Object.entries(llm ?? {}).map(([name, model]) => `${name}=${model}`);
  return {
    ...options,
    seed: seed ?? "1",
    ...(max_gpus === undefined ? {} : { maxGpus: max_gpus }),
    ...(llm === undefined ? {} : { llm: models }),
  };
}

/** Where an error of a point stands in the file: at the option that it quotes, if any. */
function pathOf(
  { options, path, paths }: DeclaredPoint,
  error: UserError,
): DeclaredSweep["points"][number]["path"] {
  for (const [name, at] of paths) {
    if (error.message.includes(`"${options[name]}"`)) return at;
  }
  return path;
}
