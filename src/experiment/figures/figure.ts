/**
 * What a figure is given: workloads that are traced and profiled once for all figures, threads, and
 * whether it is to be quick. All use one cluster of which they take as many GPUs as they need.
 */

import { loadCluster } from "../../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "../../config/load-model.ts";
import { loadWorkflow } from "../../config/load-workflow.ts";
import { UserError } from "../../errors.ts";
import type { PlannedLlm, PlanningProblem } from "../../planner/planner.ts";
import type { FigureTable } from "../../records/figure-table.ts";
import type { Workflow } from "../../workflow/program.ts";
import { prepare } from "../preparation.ts";
import type { WorkerPool } from "../workers.ts";

/** The clusters of the figures, the second of quick ones. */
const CLUSTER = "2x8xH100";
const QUICK_CLUSTER = "1x4xH100";

/** The workloads of the figures; quick ones have the first only. */
const WORKLOADS = ["rag-reranker", "beam-search"] as const;

/** The master seed of all figures; replications count on from it. */
export const SEED = 1;

/** Everything about a workload: what plans are made from, at one execution per second. */
export interface FigureWorkload {
  readonly workflow: Workflow;
  readonly problem: PlanningProblem;
}

/** Computes the table of a figure. */
export type ComputeFigure = (context: FigureContext) => Promise<FigureTable>;

/** Where figures are computed. */
export class FigureContext {
  readonly isQuick: boolean;
  readonly pool: WorkerPool;
  readonly #workloads = new Map<string, Promise<FigureWorkload>>();

  constructor(options: { readonly isQuick: boolean; readonly pool: WorkerPool }) {
    this.isQuick = options.isQuick;
    this.pool = options.pool;
  }

  /** All workloads, in order. */
  workloads(): Promise<FigureWorkload[]> {
    return this.#all(this.isQuick ? WORKLOADS.slice(0, 1) : WORKLOADS);
  }

  /** Both workloads, of quick figures too. */
  bothWorkloads(): Promise<FigureWorkload[]> {
    return this.#all(WORKLOADS);
  }

  /** One after another: each is profiled on all cores. */
  async #all(names: readonly string[]): Promise<FigureWorkload[]> {
    const all: FigureWorkload[] = [];
    for (const name of names) {
      const known = this.#workloads.get(name) ?? prepared(loadWorkflow(name), this.clusterName);
      this.#workloads.set(name, known);
      all.push(await known);
    }
    return all;
  }

  /** The cluster that everything is profiled on. */
  get clusterName(): string {
    return this.isQuick ? QUICK_CLUSTER : CLUSTER;
  }

  /** One number for the figures as they should be, another for quick ones. */
  pick<T>(full: T, quick: T): T {
    return this.isQuick ? quick : full;
  }
}

/** The models of workloads in words, for captions. */
export function modelsOf(workloads: readonly FigureWorkload[]): string {
  return workloads
    .map(({ workflow, problem }) => {
      const llms = problem.llms.map(({ name, model }) => `${name} ${model.name}`);
      return `${workflow.name} (${llms.join(", ")})`;
    })
    .join("; ");
}

/** A workflow traced and profiled on a cluster. */
export async function prepared(workflow: Workflow, clusterName: string): Promise<FigureWorkload> {
  const cluster = loadCluster(clusterName);
  const llms = llmsOf(workflow);
  const preparation = await prepare({ workflow, llms, cluster, seed: SEED }, () => {});
  if ("infeasible" in preparation) throw new UserError(preparation.infeasible);
  return { workflow, problem: { cluster, llms, ...preparation } };
}

/** The LLMs of a workflow with their bundled models, on the engine of all figures. */
export function llmsOf({ llms }: Workflow): PlannedLlm[] {
  const engine = loadEngine(DEFAULT_ENGINE);
  return llms.map(({ name, model }) => ({ name, model: loadModel(model), engine }));
}
