/**
 * The options that name a workload, a cluster and a planner, made into what they name.
 */

import { fixedPlanner } from "../baselines/user.ts";
import type { InputFiles } from "../config/catalog.ts";
import type { LoadedFile } from "../config/input-file.ts";
import { loadCluster } from "../config/load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "../config/load-model.ts";
import { loadPlan } from "../config/load-plan.ts";
import { loadWorkflow } from "../config/load-workflow.ts";
import type { DeployedLlm, Deployment } from "../deployment/plan.ts";
import { assert, UserError, unknownName } from "../errors.ts";
import { PLANNERS } from "../experiment/planners.ts";
import type { PlanRequest } from "../experiment/run.ts";
import type { PlannedLlm, Planner } from "../planner/planner.ts";
import type { Workflow } from "../workflow/program.ts";
import { parseGoals } from "./plan-goals.ts";
import { parseCount, parseModels, parseRate } from "./values.ts";

/** As commander gives them. */
export interface WorkloadOptions {
  readonly workload: string;
  readonly cluster?: string;
  readonly planner?: string;
  readonly plan?: string;
  readonly rate?: string;
  readonly llm?: readonly string[];
  readonly engine?: string;
  readonly seed: string;
  readonly objective?: string;
  readonly slo?: string;
  readonly maxGpus?: string;
  readonly refine?: string;
  readonly exhaustive?: boolean;
}

/** What the options name. */
export interface LoadedWorkload extends PlanRequest {
  /** Every file that was read, for the manifest. */
  readonly inputs: ReadonlyMap<string, LoadedFile>;
  /** What a plan file written from this run should call its parts. */
  readonly sources: { cluster: string; engine: string; models: ReadonlyMap<string, string> };
}

/** Loads everything that the options name. */
export function loadWorkload(options: WorkloadOptions): LoadedWorkload {
  const goals = parseGoals(options);
  const rate =
    options.rate === undefined ? goals : { ...goals, rate: parseRate("--rate", options.rate) };
  const seed = parseCount("--seed", options.seed, 0);
  const planner = plannerNamed(options);
  const inputs: InputFiles = new Map();
  const workflow = loadWorkflow(options.workload, { inputs });
  const models = modelNames(workflow, options.llm ?? []);
  const named =
    options.cluster === undefined ? undefined : loadCluster(options.cluster, { inputs });
  if (options.plan !== undefined) {
    const plan = loadPlan(options.plan, {
      inputs,
      cluster: named,
      defaultEngine: options.engine ?? DEFAULT_ENGINE,
    });
    const deployment = orderedAs(workflow, plan.deployment, options.plan);
    const { cluster, llms } = deployment;
    const sources = {
      cluster: options.cluster ?? plan.clusterSpec ?? cluster.name,
      engine: plan.engineSpec,
      models,
    };
    return {
      workflow,
      llms,
      cluster,
      seed,
      planner: fixedPlanner(deployment),
      inputs,
      sources,
      ...rate,
    };
  }
  assert(named !== undefined, "neither a cluster nor a plan is given");
  const engineSpec = options.engine ?? DEFAULT_ENGINE;
  const engine = loadEngine(engineSpec, { inputs });
  const llms: PlannedLlm[] = workflow.llms.map(({ name }) => {
    return { name, model: loadModel(models.get(name)!, { inputs }), engine };
  });
  const sources = { cluster: options.cluster!, engine: engineSpec, models };
  return { workflow, llms, cluster: named, seed, planner, inputs, sources, ...rate };
}

function plannerNamed({ planner, plan }: WorkloadOptions): Planner {
  const name = planner ?? (plan === undefined ? "scepsy" : "user");
  const found = PLANNERS.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw unknownName(
      "planner",
      name,
      PLANNERS.map((candidate) => candidate.name),
    );
  }
  if (plan !== undefined && name !== "user") {
    throw new UserError(`--plan goes with --planner user, not ${name}`, {
      hint: "leave out one of the two",
    });
  }
  return found;
}

/** The model of every LLM: the workflow's, or what --llm puts in its place. */
function modelNames(workflow: Workflow, pairs: readonly string[]): Map<string, string> {
  const models = new Map(workflow.llms.map(({ name, model }) => [name, model]));
  for (const [role, model] of parseModels("--llm", pairs)) {
    if (!models.has(role)) throw unknownName(`LLM of ${workflow.name}`, role, [...models.keys()]);
    models.set(role, model);
  }
  return models;
}

/** The plan with exactly the workflow's LLMs, in its order. */
function orderedAs(workflow: Workflow, deployment: Deployment, file: string): Deployment {
  const llms: DeployedLlm[] = workflow.llms.map(({ name }) => {
    const planned = deployment.llms.find((llm) => llm.name === name);
    if (planned !== undefined) return planned;
    const names = deployment.llms.map((llm) => llm.name).join(", ");
    throw new UserError(`the plan has no instance of ${name}, which ${workflow.name} calls`, {
      where: { file },
      hint: `it places ${names}`,
    });
  });
  return { ...deployment, llms };
}
