/**
 * Replications of a run: the same plan under other executions and arrivals, those of the seeds that
 * follow the run's. They depend on nothing else, so every plan, cluster and rate meets the same
 * ones (common random numbers), and their figures are independent: Student's t makes intervals.
 */

import type { Deployment } from "../deployment/plan.ts";
import type { ArrivalLimit, ArrivalProcess } from "../workflow/arrivals.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";
import { createProgramSource, type Program, workflowsOf } from "../workflow/mix.ts";
import { drawArrivals } from "./drawn-arrivals.ts";
import { type MixedRun, type MixedSetup, measureMixed, type Warmup } from "./evaluation.ts";
import { type Latencies, type Replicated, relativeHalfWidth } from "./replicated-summary.ts";
import {
  type SimulatedSummary,
  summarizeSimulated,
  summarizeWorkflow,
  type WorkflowSimulated,
} from "./simulated-summary.ts";
import { areStable, judgeStability } from "./stability.ts";
import { createPool } from "./workers.ts";

/** With a precision asked for: replications at least, before their number is chosen by it. */
const LEAST_FOR_PRECISION = 10;

/** … and at most, whatever their interval. */
export const MOST_FOR_PRECISION = 200;

/** One run of a plan: plain data, for it crosses threads. */
export interface ReplicationInput {
  readonly workflow: Program;
  readonly deployment: Deployment;
  /** Executions per second. */
  readonly rate: number;
  readonly limit: ArrivalLimit;
  readonly coming: ArrivalProcess | ClosedLoop;
  readonly warmup: Warmup;
  readonly isStepwise: boolean;
  readonly seed: number;
}

/** What one replication shows. */
export interface Replication extends Replicated<SimulatedSummary> {
  /** Of several workflows, by name. */
  readonly workflows: Readonly<Record<string, Replicated<WorkflowSimulated>>>;
}

/** How many replications there are to be. */
export interface ReplicationCount {
  readonly replications: number;
  /**
   * More are run until half of the interval of the mean latency is at most this part of the mean,
   * or there are 200, or they show no steady state.
   */
  readonly precision?: number;
}

/** Runs one replication; a task for a thread of its own. */
export function runReplication(input: ReplicationInput): Replication {
  return replicationOf(input, measureMixed(mixedSetup(input)));
}

/** How a replication is simulated. */
export function mixedSetup(input: ReplicationInput): MixedSetup {
  const { workflow, rate: _, limit: __, coming: ___, seed, ...setup } = input;
  const names = workflowsOf(workflow).map(({ name }) => name);
  const { source, workflowOf } = createProgramSource(workflow, seed, "evaluate");
  return {
    ...setup,
    seed,
    source,
    workflowOf: (execution) => names[workflowOf(execution)]!,
    ...(names.length > 1 ? { workflows: names } : {}),
    arrivals: drawArrivals(input.coming, { ...input, family: "evaluate" }),
    onProgress: () => {},
  };
}

/** A finished run as a replication. */
export function replicationOf({ deployment }: ReplicationInput, run: MixedRun): Replication {
  const llms = deployment.llms.map(({ name }) => name);
  const workflows = [...run.ofWorkflows].map(([name, measurements]) => {
    const stability = judgeStability({ ...run, measurements });
    return [name, { simulated: summarizeWorkflow(run, name, llms), stability }] as const;
  });
  return {
    simulated: summarizeSimulated(run, llms),
    stability: judgeStability(run),
    workflows: Object.fromEntries(workflows),
  };
}

/** All replications, the `first` of them, of seed `input.seed`, being done. */
export async function replicate(
  input: ReplicationInput,
  first: Replication,
  count: ReplicationCount,
  onProgress: (done: number) => void,
): Promise<Replication[]> {
  if (count.replications === 1 && count.precision === undefined) return [first];
  const pool = await createPool();
  let done = 1;
  try {
    return await replicateUntil(first, count, async (index, total) => {
      const seed = input.seed + index;
      const replication = await pool.run("replication", { ...input, seed });
      onProgress(++done / total);
      return replication;
    });
  } finally {
    await pool.close();
  }
}

/** As many replications as asked for; `runOne` is told which one, and how many there will be. */
export async function replicateUntil<R extends Replicated<Latencies>>(
  first: R,
  { replications, precision }: ReplicationCount,
  runOne: (index: number, total: number) => Promise<R>,
): Promise<R[]> {
  const all = [first];
  let total = precision === undefined ? replications : Math.max(replications, LEAST_FOR_PRECISION);
  while (all.length < total) {
    const indices = Array.from({ length: total - all.length }, (_, more) => all.length + more);
    all.push(...(await Promise.all(indices.map((index) => runOne(index, total)))));
    if (precision !== undefined) total = countFor(precision, all);
  }
  return all;
}

/** Replications that the spread of those done says are needed, at most twice as many as these. */
function countFor(precision: number, done: readonly Replicated<Latencies>[]): number {
  const width = relativeHalfWidth(done);
  if (width === null || width <= precision) return done.length;
  if (!areStable(done.map(({ stability }) => stability))) return done.length;
  const needed = Math.ceil(done.length * (width / precision) ** 2);
  return Math.min(Math.max(needed, done.length + 1), 2 * done.length, MOST_FOR_PRECISION);
}
