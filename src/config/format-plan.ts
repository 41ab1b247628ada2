/**
 * Writes a deployment as a plan file, which `loadPlan` reads back to an equal deployment.
 */

import { Document, isMap, isSeq, visit } from "yaml";
import {
  DEFAULT_ROUTER,
  type DeployedLlm,
  type Deployment,
  type Instance,
} from "../deployment/plan.ts";
import { isPath } from "./catalog.ts";
import { writeControl } from "./control-schema.ts";
import { writeOverrides } from "./engine-schema.ts";
import { DEFAULT_ENGINE, loadEngine } from "./load-model.ts";
import { writeQuantity } from "./quantity.ts";

/** What the objects of a deployment were loaded from, where that is not their name. */
interface PlanSources {
  readonly cluster?: string | undefined;
  readonly engine?: string | undefined;
  /** Model specs by LLM name. */
  readonly models?: ReadonlyMap<string, string> | undefined;
  /** First line of the file, a comment. */
  readonly title?: string | undefined;
}

/** The YAML text of `deployment`. */
export function formatPlan(deployment: Deployment, sources: PlanSources = {}): string {
  const engine = sources.engine ?? deployment.llms[0]?.engine.name ?? DEFAULT_ENGINE;
  const { control } = deployment;
  const names = deployment.llms.map(({ name }) => name);
  const document = new Document({
    cluster: sources.cluster ?? deployment.cluster.name,
    engine,
    ...(deployment.sharing === undefined ? {} : { sharing: deployment.sharing }),
    ...(control === undefined ? {} : { control: writeControl(control, names) }),
    llms: Object.fromEntries(
      deployment.llms.map((llm) => [llm.name, writeLlm(llm, engine, sources)]),
    ),
  });
  if (sources.title !== undefined) document.commentBefore = ` ${sources.title}`;
  visit(document, {
    Pair(_, { key, value }) {
      const isInline = String(key) === "gpus" || String(key) === "decode_batch_sizes";
      if (isInline && (isSeq(value) || isMap(value))) value.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function writeLlm(llm: DeployedLlm, engine: string, sources: PlanSources): object {
  const base = loadEngine(engine);
  const isOther = llm.engine.name !== base.name;
  const { router = DEFAULT_ROUTER } = llm;
  const model = sources.models?.get(llm.name) ?? llm.model.name;
  // Bundled models are bf16, but a file may say anything.
  const saysWeights = llm.model.weightType !== "bf16" || isPath(model);
  return {
    model,
    ...(saysWeights ? { weights: llm.model.weightType } : {}),
    ...(isOther ? { engine: llm.engine.name } : {}),
    ...(router === DEFAULT_ROUTER ? {} : { router }),
    ...writeOverrides(llm.engine, isOther ? loadEngine(llm.engine.name) : base),
    replicas: llm.instances.map(writeInstance),
  };
}

function writeInstance({ gpus, share, memory }: Instance): object {
  return {
    gpus: gpus.map(({ id }) => id),
    share,
    ...(memory === undefined ? {} : { memory: writeQuantity("size", memory) }),
  };
}
