/**
 * Fits what tenants of a GPU do to one another (`ContentionCosts`) to slowdowns of co-located
 * loads, measured by `scripts/measure/colocate.py`.
 */

import type { CoLocation } from "../hardware/co-location.ts";
import { CONTENTION_NAMES } from "../hardware/fitted-costs.ts";
import type { ContentionCosts, GpuType } from "../hardware/gpu.ts";
import { slowdownUnder } from "../hardware/interference.ts";
import { fitRatios } from "./least-squares.ts";

/**
 * The parameters of tenants under MPS, in the order in which they are fitted. `latencyStretch` is
 * kept: loads measured together have little latency each, and fit about as well with 1 as with 3.
 */
const SPATIAL_PARAMETERS = CONTENTION_NAMES.filter(
  (name) => !["latencyStretch", "timeSlice", "contextSwitch"].includes(name),
);

/** Where the search starts. */
const FIRST_GUESS = [0.5, 0.2, 1, 1.5, 0.4, 0.6, 0.75, 0.1, 0.1];

/** The slowdown that is predicted for a measurement. */
export function predictedSlowdown(gpu: GpuType, { mode, loads, tenant }: CoLocation): number {
  return slowdownUnder(mode)(gpu, loads)[tenant]!;
}

/** The costs that fit `points` best; what they say nothing of stays as `gpu` has it. */
export function fitContention(gpu: GpuType, points: readonly CoLocation[]): ContentionCosts {
  const spatial = points.filter(({ mode }) => mode === "mps");
  let { contention } = gpu;
  if (spatial.length > 0) {
    const fitted = fitRatios({
      start: FIRST_GUESS,
      measured: spatial.map(({ slowdown }) => slowdown),
      predict: (parameters) => {
        const candidate = { ...gpu, contention: withSpatial(contention, parameters) };
        return (index) => predictedSlowdown(candidate, spatial[index]!);
      },
    });
    contention = withSpatial(contention, fitted);
  }
  const sliced = points.filter(({ mode }) => mode === "time-slicing");
  return sliced.length > 0 ? fitTimeSlices({ ...gpu, contention }, sliced) : contention;
}

function withSpatial(contention: ContentionCosts, values: readonly number[]): ContentionCosts {
  const changed = SPATIAL_PARAMETERS.map((name, index) => [name, values[index]!] as const);
  return { ...contention, ...Object.fromEntries(changed) };
}

/** Time slices and switches are searched on a grid, as errors jump where a slice more is needed. */
const SLICES = { from: 0.5e-3, to: 5e-3, step: 0.05e-3 };
const SWITCHES = { from: 10e-6, to: 300e-6, step: 10e-6 };

/**
 * The least mean size of log errors: a few medians are far off, of loads whose iterations now wait
 * for a slice and now do not.
 */
function fitTimeSlices(gpu: GpuType, points: readonly CoLocation[]): ContentionCosts {
  let best = gpu.contention;
  let least = Number.POSITIVE_INFINITY;
  for (const timeSlice of grid(SLICES)) {
    for (const contextSwitch of grid(SWITCHES)) {
      const contention = { ...gpu.contention, timeSlice, contextSwitch };
      let sum = 0;
      for (const point of points) {
        const predicted = predictedSlowdown({ ...gpu, contention }, point);
        sum += Math.abs(Math.log(predicted / point.slowdown));
      }
      if (sum >= least) continue;
      least = sum;
      best = contention;
    }
  }
  return best;
}

function grid({ from, to, step }: { from: number; to: number; step: number }): number[] {
  const count = Math.round((to - from) / step);
  return Array.from({ length: count + 1 }, (_, index) => round(from + index * step));
}

/** To the microsecond. */
function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
