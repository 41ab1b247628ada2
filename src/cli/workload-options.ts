/**
 * The options that name a workload, a cluster and a planner, made into what they name.
 */

import { sum } from "d3-array";
import { fixedPlanner } from "../baselines/user.ts";
import type { InputFiles } from "../config/catalog.ts";
import type { LoadedFile } from "../config/input-file.ts";
import { loadCluster } from "../config/load-cluster.ts";
import { DEFAULT_ENGINE, findModelFile, loadEngine, loadModel } from "../config/load-model.ts";
import { loadPlan } from "../config/load-plan.ts";
import { loadProfiles } from "../config/load-profiles.ts";
import { loadTrace } from "../config/load-trace.ts";
import { loadWorkflow } from "../config/load-workflow.ts";
import type { DeployedLlm, Deployment } from "../deployment/plan.ts";
import { assert, UserError, unknownName } from "../errors.ts";
import { PLANNERS } from "../experiment/planners.ts";
import type { PlanRequest, Served } from "../experiment/planning.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { PlannedLlm, Planner } from "../planner/planner.ts";
import { mixOf, type Program, SHARED, sharings, withSharedLlms } from "../workflow/mix.ts";
import { LEAST_RECORDED, type Recording } from "../workflow/recorded.ts";
import { parseGoals } from "./plan-goals.ts";
import { printWarning } from "./print-error.ts";
import { parseCount, parseModels, parseRate } from "./values.ts";

/** As commander gives them. */
export interface WorkloadOptions {
  readonly workload: string;
  readonly cluster?: string;
  readonly planner?: string;
  readonly plan?: string;
  readonly profiles?: string;
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
  /** The deployment of a plan file. */
  readonly userPlan?: Deployment;
  /** Every file that was read, for the manifest. */
  readonly inputs: ReadonlyMap<string, LoadedFile>;
  /** What a plan file written from this run should call its parts. */
  readonly sources: { cluster: string; engine: string; models: ReadonlyMap<string, string> };
}

/** Loads everything that the options name. */
export function loadWorkload(options: WorkloadOptions): LoadedWorkload {
  const seed = parseCount("--seed", options.seed, 0);
  const planner = plannerNamed(options);
  const inputs: InputFiles = new Map();
  const { program, rate } = programNamed(options, inputs);
  const asked = { ...parseGoals(options), ...(rate === undefined ? {} : { rate }), seed, inputs };
  const models = modelNames(program, options.llm ?? []);
  if ("recorded" in program) checkModels(models);
  const named =
    options.cluster === undefined ? undefined : loadCluster(options.cluster, { inputs });
  if (options.plan !== undefined) {
    const plan = loadPlan(options.plan, {
      inputs,
      cluster: named,
      defaultEngine: options.engine ?? DEFAULT_ENGINE,
    });
    const { workflow, deployment } = servedBy(program, plan.deployment, options.plan);
    const { cluster, llms } = deployment;
    const sources = {
      cluster: options.cluster ?? plan.clusterSpec ?? cluster.name,
      engine: plan.engineSpec,
      models,
    };
    const userPlan = { planner: fixedPlanner(deployment), userPlan: deployment };
    const profiled = measuredBy(options, { cluster, ways: [{ workflow, llms }], inputs });
    return { ...asked, ...profiled, ...userPlan, cluster, sources };
  }
  assert(named !== undefined, "neither a cluster nor a plan is given");
  const engineSpec = options.engine ?? DEFAULT_ENGINE;
  const engine = loadEngine(engineSpec, { inputs });
  const ways = waysToServe(program, models).map((workflow) => {
    const llms = workflow.llms.map(({ name }): PlannedLlm => {
      return { name, model: loadModel(models.get(name)!, { inputs }), engine };
    });
    return { workflow, llms };
  });
  const sources = { cluster: options.cluster!, engine: engineSpec, models };
  const profiled = measuredBy(options, { cluster: named, ways, inputs });
  return { ...asked, ...profiled, cluster: named, planner, sources };
}

/** Ways to serve a program; with a file of profiles, those that it has profiles for. */
function measuredBy(
  { profiles: path }: WorkloadOptions,
  served: { cluster: Cluster; ways: readonly Served[]; inputs: InputFiles },
): Served & Pick<PlanRequest, "sharings" | "profiles"> {
  const { cluster, ways, inputs } = served;
  const [own, ...sharings] = ways;
  assert(own !== undefined, "a program is served in no way");
  if (path === undefined) return { ...own, sharings };
  const otherLlms = sharings.flatMap(({ llms }) => llms);
  const profiles = loadProfiles(path, { cluster, llms: own.llms, otherLlms, inputs });
  const known = sharings.filter(({ llms }) => llms.every(({ name }) => profiles.llms.has(name)));
  return { ...own, sharings: known, profiles };
}

/** A workflow with the rate of `--rate`, or several with rates of their own. */
function programNamed(
  { workload, rate }: WorkloadOptions,
  inputs: InputFiles,
): { readonly program: Program; readonly rate: number | undefined } {
  if (/\.(?:jsonl|ndjson)$/i.test(workload)) {
    const own = rate === undefined ? undefined : parseRate("--rate", rate);
    return { program: loadRecording(workload, inputs), rate: own };
  }
  if (!workload.includes("=")) {
    const program = loadWorkflow(workload, { inputs });
    return { program, rate: rate === undefined ? undefined : parseRate("--rate", rate) };
  }
  if (rate !== undefined) {
    throw new UserError("--rate does not go with several workloads", {
      hint: "each has a rate of its own: --workload A=2/s,B=1/s",
    });
  }
  const parts = namedRates(workload).map(([spec, own]) => {
    return { workflow: loadWorkflow(spec, { inputs }), rate: own };
  });
  const names = parts.map(({ workflow }) => workflow.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new UserError(`--workload: ${twice} is given twice`, { hint: "give it once" });
  }
  return { program: mixOf(parts), rate: sum(parts, (part) => part.rate) };
}

/** `NAME=RATE` pairs with commas between. */
function namedRates(workloads: string): [string, number][] {
  return workloads.split(",").map((pair) => {
    const [, name, rate] = /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? [];
    if (name !== undefined && rate !== undefined) return [name, parseRate("--workload", rate)];
    throw new UserError(`--workload: "${workloads}" is not valid`, {
      hint: "give workloads with rates, such as rag-reranker=2/s,swe-agent=1/s",
    });
  });
}

/** A trace as a workload; its LLMs are models, unless `--llm` says which. */
function loadRecording(path: string, inputs: InputFiles): Recording {
  const { name, file, llms, source, arrivals, warnings } = loadTrace(path);
  inputs.set(file.path, file);
  for (const warning of warnings) printWarning(warning);
  if (arrivals.length < LEAST_RECORDED) {
    throw new UserError(`the trace has ${arrivals.length} sessions`, {
      where: { file: path },
      hint: `give at least ${LEAST_RECORDED}: plans are judged on others than they are made from`,
    });
  }
  return {
    name,
    llms: llms.map((llm) => ({ name: llm, model: llm })),
    recorded: Array.from(arrivals, (_, index) => source(index)),
  };
}

/** The program, and what it is when workflows share LLMs; `models` gets the shared ones' models. */
function waysToServe(program: Program, models: Map<string, string>): Program[] {
  if (!("parts" in program)) return [program];
  const ways = sharings(
    program,
    program.llms.map(({ name }) => models.get(name)!),
  );
  for (const { name } of ways.flatMap(({ llms }) => llms)) {
    models.set(name, models.get(name.split(SHARED)[0]!)!);
  }
  return ways;
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
function modelNames(workflow: Program, pairs: readonly string[]): Map<string, string> {
  const models = new Map(workflow.llms.map(({ name, model }) => [name, model]));
  for (const [role, model] of parseModels("--llm", pairs)) {
    if (!models.has(role)) throw unknownName(`LLM of ${workflow.name}`, role, [...models.keys()]);
    models.set(role, model);
  }
  return models;
}

/** Whether a recording's LLMs are models; their names come from wherever it was recorded. */
function checkModels(models: ReadonlyMap<string, string>): void {
  for (const [llm, model] of models) {
    try {
      findModelFile(model);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`calls of the trace name the LLM ${llm}: ${error.message}`, {
        hint: `say which model it is: --llm ${llm}=MODEL, of \`sim list models\` or a file`,
      });
    }
  }
}

/** The plan with exactly the LLMs of the program, which shares LLMs as the plan does. */
function servedBy(
  program: Program,
  deployment: Deployment,
  file: string,
): { readonly workflow: Program; readonly deployment: Deployment } {
  const positions = program.llms.map(({ name }) => {
    const planned = deployment.llms.findIndex((llm) => {
      return llm.name === name || llm.name.split(SHARED).includes(name);
    });
    if (planned >= 0) return planned;
    const names = deployment.llms.map((llm) => llm.name).join(", ");
    throw new UserError(`the plan has no instance of ${name}, which ${program.name} calls`, {
      where: { file },
      hint: `it places ${names}`,
    });
  });
  const workflow = "parts" in program ? withSharedLlms(program, positions) : program;
  const llms = [...new Set(positions)].map((position): DeployedLlm => deployment.llms[position]!);
  return { workflow, deployment: { ...deployment, llms } };
}
