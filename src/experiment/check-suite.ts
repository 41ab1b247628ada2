/**
 * The pinned suite of `sim check`: a few small runs of bundled workloads at fixed rates, with all
 * that should not change unnoticed: what is counted and written, what is measured and predicted,
 * and the processor time that simulating takes beside that of a fixed piece of work.
 */

import { createHash } from "node:crypto";
import { loadCluster } from "../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "../config/load-model.ts";
import { loadWorkflow } from "../config/load-workflow.ts";
import { assert } from "../errors.ts";
import { poissonGaps } from "../workflow/arrivals.ts";
import { createProgramSource } from "../workflow/mix.ts";
import { evaluate } from "./evaluation.ts";
import { PLANNERS } from "./planners.ts";
import { type RunReport, type RunRequest, run } from "./run.ts";

/** What is run, by name. */
const CASES = {
  "rag-reranker-scepsy": {
    workload: "rag-reranker",
    cluster: "1x2xH100",
    planner: "scepsy",
    rate: 12,
    executions: 400,
  },
  "rag-reranker-split": {
    workload: "rag-reranker",
    cluster: "1x2xH100",
    planner: "user",
    rate: 6,
    executions: 400,
  },
  "swe-agent-scepsy": {
    workload: "swe-agent",
    cluster: "1x4xH100",
    planner: "scepsy",
    rate: 0.3,
    executions: 100,
  },
} as const;

/** Times of simulating and of the fixed work are the least of so many. */
const TIMED_RUNS = 6;

const SEED = 1;

/** What one case shows: figures by name. */
export interface CaseFigures {
  /** Counted: the same everywhere. */
  readonly counters: Readonly<Record<string, number | string>>;
  /** Of the Arrow files: the same for one version of Node. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Measured and predicted. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** What the suite shows; the document of a baseline. */
export interface CheckFigures {
  readonly schema_version: 1;
  readonly node_version: string;
  readonly cases: Readonly<Record<string, CaseFigures>>;
  /** Processor time of the simulations, in units of that of a fixed piece of work. */
  readonly run_time: number;
}

/** Runs the suite. */
export async function runSuite(onProgress: (stage: string) => void): Promise<CheckFigures> {
  const cases: Record<string, CaseFigures> = {};
  let simulating = 0;
  let fixed = Number.POSITIVE_INFINITY;
  for (const [name, pinned] of Object.entries(CASES)) {
    onProgress(name);
    const request = requestOf(pinned);
    const report = await run(request, () => {});
    cases[name] = await figuresOf(request, report);
    let least = Number.POSITIVE_INFINITY;
    for (let time = 0; time < TIMED_RUNS; time++) {
      fixed = Math.min(fixed, timeOf(fixedWork));
      least = Math.min(
        least,
        timeOf(() => simulateAgain(request, report)),
      );
    }
    simulating += least;
  }
  const node_version = process.version;
  return { schema_version: 1, node_version, cases, run_time: simulating / fixed };
}

function requestOf(pinned: (typeof CASES)[keyof typeof CASES]): RunRequest {
  const workflow = loadWorkflow(pinned.workload);
  const engine = loadEngine(DEFAULT_ENGINE);
  const planner = PLANNERS.find(({ name }) => name === pinned.planner);
  assert(planner !== undefined, `no planner ${pinned.planner}`);
  return {
    workflow,
    llms: workflow.llms.map(({ name, model }) => ({ name, model: loadModel(model), engine })),
    cluster: loadCluster(pinned.cluster),
    planner,
    seed: SEED,
    rate: pinned.rate,
    limit: { executions: pinned.executions },
    warmup: { fraction: 0.1 },
    sampleInterval: 1,
    isStepwise: false,
  };
}

async function figuresOf({ workflow, limit }: RunRequest, report: RunReport): Promise<CaseFigures> {
  const { summary, evaluation } = report;
  const { simulated, predicted, predictions, error } = summary;
  assert(evaluation !== undefined && simulated !== null, "a case of the suite has no plan");
  assert(limit !== undefined && "executions" in limit, "a case of the suite has no length");
  const draws = createHash("sha256");
  const { source: executionAt } = createProgramSource(workflow, SEED, "evaluate");
  for (let index = 0; index < limit.executions; index++) draws.update(executionAt(index).hash);
  const hashes: Record<string, string> = {};
  for (const [name, table] of Object.entries(evaluation.tables)) {
    const file = createHash("sha256");
    for (const part of await table.toArrow()) file.update(part);
    hashes[`${name}.arrow`] = shortened(file);
  }
  const { arrived, completed, failed, unfinished } = simulated.executions;
  return {
    counters: {
      draws: shortened(draws),
      ...{ arrived, completed, failed, unfinished },
      calls: simulated.calls,
      events: simulated.events,
    },
    hashes,
    metrics: {
      latency_mean_seconds: simulated.latency_seconds.mean,
      latency_p95_seconds: simulated.latency_seconds.p95,
      throughput_per_second: simulated.throughput_per_second,
      predicted_latency_mean_seconds: predicted?.latency_mean_seconds ?? null,
      predicted_throughput_max_per_second: predicted?.throughput_max_per_second ?? null,
      alp_latency_mean_seconds: predictions.alp?.latency_mean_seconds ?? null,
      error_latency_mean: error?.latency_mean ?? null,
    },
  };
}

function simulateAgain({ workflow, rate, limit, ...request }: RunRequest, report: RunReport): void {
  const { outcome } = report.planned;
  assert(outcome.isFeasible && rate !== undefined && limit !== undefined, "no plan to time");
  evaluate({
    ...request,
    source: createProgramSource(workflow, SEED, "evaluate").source,
    arrivals: { kind: "open", rate, unitGap: poissonGaps(SEED, "evaluate"), limit },
    workflowOf: () => workflow.name,
    deployment: outcome.deployment,
    onProgress: () => {},
  });
}

/** Processor time in seconds. */
function timeOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Arithmetic, memory and a hash table, as simulating has, in a tenth of a second or so. */
function fixedWork(): void {
  const values = new Float64Array(200_000);
  const places = new Map<number, { readonly next: number }>();
  let state = 1;
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < values.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      values[index] = Math.sqrt(state);
      places.set(state % 50_000, { next: state });
    }
    values.sort();
  }
  assert(places.size > 0 && values[0]! <= values[1]!, "the fixed work was not done");
}

function shortened(hash: ReturnType<typeof createHash>): string {
  return hash.digest("hex").slice(0, 16);
}
