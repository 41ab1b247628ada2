/**
 * How fast independent requests are simulated: Poisson arrivals of one call each on one GPU.
 */

import { loadCluster } from "../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "../config/load-model.ts";
import type { Deployment } from "../deployment/plan.ts";
import { poissonGaps } from "../workflow/arrivals.ts";
import type { DrawnCall, DrawnExecution } from "../workflow/drawn-execution.ts";
import { type SimulationFigures, type TimedSetup, timeSimulation } from "./bench-simulation.ts";

const MODEL = "llama-3.1-8b";
const CLUSTER = "1x1xH100";
const REQUESTS = 100_000;
const REQUEST_RATE = 8;
const PROMPT_TOKENS = 512;
const OUTPUT_TOKENS = 128;

/** Requests per second of real time, and how they came about. */
export interface ReplayFigures extends SimulationFigures {
  readonly requests_per_second: number;
}

/** Simulates `count` requests, after some of the usual number. */
export function benchReplay(count = REQUESTS): ReplayFigures {
  const figures = timeSimulation(
    () => independentRequests(count),
    () => independentRequests(REQUESTS),
  );
  return { requests_per_second: figures.counters.calls / figures.wall_seconds, ...figures };
}

/** `count` requests of one size at a moderate rate. */
function independentRequests(count: number): TimedSetup {
  const seed = 1;
  return {
    deployment: oneReplica(),
    source: oneCall,
    arrivals: {
      kind: "open",
      rate: REQUEST_RATE,
      unitGap: poissonGaps(seed, "bench"),
      limit: { executions: count },
    },
    workflowOf: () => "request",
    seed,
  };
}

function oneReplica(): Deployment {
  const cluster = loadCluster(CLUSTER);
  const llm = { name: MODEL, model: loadModel(MODEL), engine: loadEngine(DEFAULT_ENGINE) };
  return { cluster, llms: [{ ...llm, instances: [{ gpus: cluster.gpus, share: 1 }] }] };
}

function oneCall(index: number): DrawnExecution {
  const call: DrawnCall = {
    kind: "call",
    llm: 0,
    role: "",
    promptTokens: PROMPT_TOKENS,
    outputTokens: OUTPUT_TOKENS,
    priority: undefined,
    conversation: -1,
    origin: undefined,
    retainTokens: 0,
    predecessorCount: 0,
    successors: [],
  };
  return { index, steps: [call], hash: "" };
}
