/**
 * Choices of one configuration for each LLM in order of the sum of their costs. GPUs of several
 * types have budgets of their own: every way to give the LLMs to types is searched.
 */

import { type Cluster, gpuTypes } from "../hardware/cluster.ts";
import { type Configuration, GRANULES_PER_GPU } from "./configurations.ts";
import { type RankedChoice, rankedChoices } from "./ranked-choices.ts";

/** Of each type's choices under one way to give LLMs to types, those that are combined. */
const COMBINED = 4;

/** Yields choices, best first; on several types as many as were combined. */
export function* choicesOf(
  cluster: Cluster,
  options: readonly (readonly Configuration[])[],
): Generator<readonly Configuration[]> {
  const types = gpuTypes(cluster).map(({ name }) => name);
  if (types.length === 1) {
    for (const choice of rankedChoices(options, budgetOf(cluster, types[0]!))) {
      yield choice.options;
    }
    return;
  }
  const found: RankedChoice<Configuration>[] = [];
  for (let code = 0; code < types.length ** options.length; code++) {
    const typeOf = options.map(
      (_, llm) => types[Math.floor(code / types.length ** llm) % types.length]!,
    );
    found.push(...underAssignment(cluster, options, typeOf));
  }
  found.sort((a, b) => a.cost - b.cost);
  for (const choice of found) yield choice.options;
}

/** The best choices where LLM number i is on GPUs of `typeOf[i]`. */
function underAssignment(
  cluster: Cluster,
  options: readonly (readonly Configuration[])[],
  typeOf: readonly string[],
): RankedChoice<Configuration>[] {
  let combined: RankedChoice<Configuration>[] = [{ cost: 0, options: options.map(() => NONE) }];
  for (const type of new Set(typeOf)) {
    const llms = typeOf.flatMap((of, llm) => (of === type ? [llm] : []));
    const stages = llms.map((llm) => options[llm]!.filter(({ gpu }) => gpu === type));
    const ofType: RankedChoice<Configuration>[] = [];
    for (const choice of rankedChoices(stages, budgetOf(cluster, type))) {
      if (ofType.push(choice) === COMBINED) break;
    }
    combined = combined.flatMap((rest) =>
      ofType.map((choice) => {
        const merged = [...rest.options];
        for (const [index, llm] of llms.entries()) merged[llm] = choice.options[index]!;
        return { cost: rest.cost + choice.cost, options: merged };
      }),
    );
  }
  return combined;
}

/** In the place of an LLM whose configuration is still open. */
const NONE: Configuration = {
  gpu: "",
  tp: 0,
  share: 0,
  replicas: 0,
  granules: 0,
  cost: 0,
  kvTokens: 0,
};

/** Granules of the GPUs of one type. */
export function budgetOf({ gpus }: Cluster, type: string): number {
  return GRANULES_PER_GPU * gpus.filter((gpu) => gpu.type.name === type).length;
}
