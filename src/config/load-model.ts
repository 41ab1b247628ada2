/**
 * Loads model shapes and engines. A model goes by its catalogue name, by its Hugging Face path
 * or by the path of a model file; one that is no dense transformer is refused by name.
 */

import { readFileSync } from "node:fs";
import { UserError, unknownName } from "../errors.ts";
import type { Engine } from "../llm/engine.ts";
import type { ModelShape } from "../llm/model.ts";
import {
  bundledNames,
  bundledPath,
  findFile,
  isPath,
  type LoadOptions,
  readCatalogFile,
} from "./catalog.ts";
import { createEngine, engineSchema } from "./engine-schema.ts";
import { modelSchema } from "./model-schema.ts";
import { nameOfFile } from "./yaml-file.ts";

/** The engine where nothing else is said. */
export const DEFAULT_ENGINE = "vllm-0.19";

/** Names of models with experts; deepseek-r1-distill models are dense. */
const MIXTURES_OF_EXPERTS = [
  /mixtral|\bmoe\b|gpt-oss|dbrx|grok-|kimi-k|olmoe|minimax-|jamba|arctic|hunyuan-large/,
  /deepseek-(?:coder-)?v[23]|deepseek-r1(?!-distill)|llama-4|glm-4\.5|ernie-4\.5-/,
  /qwen[\d.]*-(?:coder-)?(?:next|\d+b-a\d)|-a\d+(?:\.\d+)?b\b|phi-3\.5-moe/,
];

/** A model by catalogue name, Hugging Face path or file. */
export function loadModel(spec: string, options: LoadOptions = {}): ModelShape {
  const path = findModelFile(spec, options);
  const { value } = readCatalogFile(path, modelSchema, options);
  return { name: nameOfFile(path), ...value };
}

/** The file of a model; throws a UserError where there is none, without reading it. */
export function findModelFile(spec: string, options: LoadOptions = {}): string {
  if (isPath(spec)) return findFile("model", spec, options);
  const known = bundledNames("model");
  const name = spec.includes("/")
    ? known.find((candidate) => isSameRepository(spec, candidate))
    : known.find((candidate) => candidate === spec.toLowerCase());
  if (name !== undefined) return bundledPath("model", name);
  if (MIXTURES_OF_EXPERTS.some((pattern) => pattern.test(spec.toLowerCase()))) {
    throw new UserError(`${spec}: mixture of experts is out of scope`, {
      hint: `only dense models are simulated; known: ${known.join(", ")}`,
    });
  }
  const advice =
    "(to add one, write a file like clusters/models/*.yaml from its config.json " +
    "and give its path)";
  const { hint = "" } = unknownName("model", stem(spec).split("/").at(-1)!, known, advice);
  throw new UserError(`unknown model "${spec}"`, { hint });
}

/** An engine by name or by the path of an engine file. */
export function loadEngine(spec: string, options: LoadOptions = {}): Engine {
  const path = findFile("engine", spec, options);
  const { value } = readCatalogFile(path, engineSchema, options);
  const { launch_replicates: replicates, ...parameters } = value;
  const engine = createEngine(nameOfFile(path), parameters);
  if (replicates === undefined) return engine;
  return { ...engine, launchReplicates: Object.values(replicates) };
}

/** Whether a Hugging Face path means a catalogue model, tuned for instructions or not. */
function isSameRepository(spec: string, name: string): boolean {
  return stem(spec) === stem(repositoryOf(name));
}

function stem(repository: string): string {
  return repository
    .toLowerCase()
    .replace("/meta-llama-", "/llama-")
    .replace(/-(?:instruct|it|chat)\b/, "");
}

const repositories = new Map<string, string>();

/** The Hugging Face path in a model's file, found without parsing the whole file. */
function repositoryOf(name: string): string {
  let repository = repositories.get(name);
  if (repository === undefined) {
    const text = readFileSync(bundledPath("model", name), "utf8");
    repository = /^hugging_face:\s*(\S+)/m.exec(text)?.[1] ?? name;
    repositories.set(name, repository);
  }
  return repository;
}
