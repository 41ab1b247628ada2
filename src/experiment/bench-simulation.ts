/**
 * Times a simulation as a run does it, tables included, and counts what it did.
 */

import { type Evaluation, type EvaluationSetup, evaluate } from "./evaluation.ts";

/** What one timed simulation shows. */
export interface SimulationFigures {
  readonly iterations_per_second: number;
  readonly wall_seconds: number;
  /** Of all threads of the process, garbage collection included. */
  readonly cpu_seconds: number;
  /** The most memory that the process has held so far. */
  readonly peak_memory_bytes: number;
  /** The same on every machine. */
  readonly counters: {
    readonly events: number;
    readonly iterations: number;
    readonly calls: number;
  };
}

/** What a run of a benchmark depends on; everything else is as in any run. */
export type TimedSetup = Pick<
  EvaluationSetup,
  "deployment" | "source" | "arrivals" | "workflowOf" | "seed"
>;

/** Runs before the timed one: from then on the compiler has little left to do. */
const WARM_UP_RUNS = 3;

/** Times a simulation after some of `warmUp`; both are asked anew for each run. */
export function timeSimulation(
  setup: () => TimedSetup,
  warmUp: () => TimedSetup = setup,
): SimulationFigures {
  for (let run = 0; run < WARM_UP_RUNS; run++) simulateOnce(warmUp());
  const timed = setup();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const { events, iterations, calls } = simulateOnce(timed);
  const wallSeconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    iterations_per_second: iterations / wallSeconds,
    wall_seconds: wallSeconds,
    cpu_seconds: (user + system) / 1e6,
    peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
    counters: { events, iterations, calls },
  };
}

function simulateOnce(setup: TimedSetup): Evaluation {
  return evaluate({
    ...setup,
    warmup: { fraction: 0.1 },
    sampleInterval: 1,
    isStepwise: false,
    onProgress: () => {},
  });
}
