/**
 * How fast an agentic workload is simulated: coding agents on four nodes, planned by scepsy, at the
 * default load. Planning is not timed, drawing the executions is.
 */

import { loadCluster } from "../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "../config/load-model.ts";
import { loadWorkflow } from "../config/load-workflow.ts";
import { assert } from "../errors.ts";
import { scepsyPlanner } from "../planner/scepsy.ts";
import { poissonGaps } from "../workflow/arrivals.ts";
import { createExecutionSource } from "../workflow/draw.ts";
import { type SimulationFigures, timeSimulation } from "./bench-simulation.ts";
import { planWorkload } from "./planning.ts";

const WORKFLOW = "swe-agent";
const CLUSTER = "4x8xH100";
const EXECUTIONS = 1_000;

/** Calls per second of real time, and how they came about. */
export interface AgenticFigures extends SimulationFigures {
  readonly calls_per_second: number;
}

/** Plans and simulates the workload. */
export async function benchAgentic(): Promise<AgenticFigures> {
  const seed = 1;
  const workflow = loadWorkflow(WORKFLOW);
  const engine = loadEngine(DEFAULT_ENGINE);
  const llms = workflow.llms.map(({ name, model }) => {
    return { name, model: loadModel(model), engine };
  });
  const cluster = loadCluster(CLUSTER);
  const workload = { workflow, llms, cluster, seed, planner: scepsyPlanner };
  const { outcome, rate } = await planWorkload(workload, () => {});
  assert(outcome.isFeasible && rate !== null, "the benchmark's workload has no plan");
  const { deployment } = outcome;
  const figures = timeSimulation(() => ({
    deployment,
    source: createExecutionSource(workflow, seed, "evaluate"),
    arrivals: {
      kind: "open",
      rate,
      unitGap: poissonGaps(seed, "evaluate"),
      limit: { executions: EXECUTIONS },
    },
    workflowOf: () => workflow.name,
    seed,
  }));
  return { calls_per_second: figures.counters.calls / figures.wall_seconds, ...figures };
}
