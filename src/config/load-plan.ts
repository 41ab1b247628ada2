/**
 * Loads a plan file into a deployment on a cluster: the command's, or the one the plan names.
 */

import { dirname, resolve } from "node:path";
import {
  DEFAULT_ROUTER,
  type DeployedLlm,
  type Deployment,
  type Instance,
} from "../deployment/plan.ts";
import { similarNames, UserError, unknownName } from "../errors.ts";
import type { Cluster, Gpu } from "../hardware/cluster.ts";
import type { Engine } from "../llm/engine.ts";
import type { ModelShape, WeightType } from "../llm/model.ts";
import { isPath, type LoadOptions, readCatalogFile } from "./catalog.ts";
import { readControl } from "./control-schema.ts";
import { overrideEngine } from "./engine-schema.ts";
import { loadCluster } from "./load-cluster.ts";
import { DEFAULT_ENGINE, loadEngine, loadModel } from "./load-model.ts";
import { type Attempt, collectProblems } from "./located-errors.ts";
import { type PlanFile, planSchema } from "./plan-schema.ts";

/** What the command says beside the plan. */
interface PlanOptions extends LoadOptions {
  /** Takes the place of the plan's own cluster. */
  readonly cluster?: Cluster | undefined;
  /** For a plan that names no engine. */
  readonly defaultEngine?: string | undefined;
}

/** A plan file and what it was made for. */
interface LoadedPlan {
  readonly deployment: Deployment;
  /** As the plan has it; relative paths made absolute. */
  readonly clusterSpec: string | undefined;
  readonly engineSpec: string;
}

/** A deployment read from a plan file; `deployment/check.ts` says whether it can run. */
export function loadPlan(path: string, options: PlanOptions = {}): LoadedPlan {
  const file = resolve(options.from ?? "", path);
  const read = readCatalogFile(file, planSchema, { inputs: options.inputs });
  const names: NameContext = { from: dirname(file), inputs: options.inputs };
  const { value } = read;
  const engineSpec = value.engine ?? options.defaultEngine ?? DEFAULT_ENGINE;
  const cluster =
    options.cluster ??
    collectProblems(read, (attempt) => attempt(["cluster"], () => planCluster(value, names)));

  const { control, llms } = collectProblems(read, (attempt) => {
    const engine = attempt(["engine"], () =>
      loadEngine(engineSpec, value.engine === undefined ? { inputs: options.inputs } : names),
    );
    const llmNames = Object.keys(value.llms);
    return {
      control: value.control && readControl(value.control, { names: llmNames, attempt }),
      llms: llmNames.map((name) => readLlm({ value, name, names, engine, cluster, attempt })),
    };
  });
  return {
    deployment: {
      cluster,
      ...(value.sharing === undefined ? {} : { sharing: value.sharing }),
      llms,
      ...(control === undefined ? {} : { control }),
    },
    clusterSpec: absolute(value.cluster, names.from),
    engineSpec,
  };
}

/** Names in a plan are paths from its own folder. */
interface NameContext extends LoadOptions {
  readonly from: string;
}

function planCluster({ cluster }: PlanFile, names: NameContext): Cluster {
  if (cluster !== undefined) return loadCluster(cluster, names);
  throw new UserError("the plan names no cluster", {
    hint: "add a line such as `cluster: 4x8xH100`, or give --cluster",
  });
}

interface LlmContext {
  readonly value: PlanFile;
  readonly name: string;
  readonly names: NameContext;
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly attempt: Attempt;
}

function readLlm({ value, name, names, engine, cluster, attempt }: LlmContext): DeployedLlm {
  const { model, engine: ownEngine, router = value.router, ...rest } = value.llms[name]!;
  const { replicas, weights, ...overrides } = rest;
  const path = ["llms", name];
  const base =
    ownEngine === undefined
      ? engine
      : attempt([...path, "engine"], () => loadEngine(ownEngine, names));
  return {
    name,
    model: attempt(
      model === undefined ? path : [...path, "model"],
      () => withWeights(loadModel(model ?? name, names), weights),
      model === undefined ? "key" : "value",
    ),
    // An engine that could not be loaded is reported once the whole plan is read.
    engine: base === undefined ? base : overrideEngine(base, overrides),
    ...(router === undefined || router === DEFAULT_ROUTER ? {} : { router }),
    instances: replicas.map(
      ({ gpus, share, memory }, replica): Instance => ({
        gpus: gpus.map((id, position) =>
          attempt([...path, "replicas", replica, "gpus", position], () => findGpu(cluster, id)),
        ),
        share,
        ...(memory === undefined ? {} : { memory }),
      }),
    ),
  };
}

function withWeights(model: ModelShape, weightType: WeightType | undefined): ModelShape {
  return weightType === undefined ? model : { ...model, weightType };
}

function findGpu(cluster: Cluster, id: string): Gpu {
  const gpu = cluster.gpus.find((candidate) => candidate.id === id);
  if (gpu !== undefined) return gpu;
  const ids = cluster.gpus.map((candidate) => candidate.id);
  const shown = ids.length > 8 ? [...ids.slice(0, 4), "…", ids.at(-1)!] : ids;
  const { message, hint } = unknownName("GPU", id, similarNames(id, ids).length > 0 ? ids : shown);
  const place = `cluster ${cluster.name} has ${ids.length} GPUs`;
  throw new UserError(message, { hint: `${hint} (${place})` });
}

function absolute(spec: string | undefined, from: string): string | undefined {
  return spec !== undefined && isPath(spec) ? resolve(from, spec) : spec;
}
