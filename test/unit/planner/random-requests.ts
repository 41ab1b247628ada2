/**
 * Random plans to place: clusters of 1 to 8 nodes, 2 to 6 LLMs of 1 to 70 GB, TP 1 to 8, shares in
 * eighths, until 40 to 100 % of the cluster's SMs are asked for.
 */

import { createCluster } from "../../../src/hardware/cluster.ts";
import { BYTES_PER_BF16 } from "../../../src/llm/model.ts";
import type { PlacementRequest } from "../../../src/planner/placement.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import { GB } from "../../../src/units.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";

/** What a random plan asks for. */
export interface RandomPlan {
  readonly cluster: ReturnType<typeof testCluster>;
  readonly llms: readonly PlannedLlm[];
  readonly requests: readonly PlacementRequest[];
}

/** The next random plan; `random` gives numbers in [0, 1). */
export function randomPlan(random: () => number): RandomPlan {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const gpuCount = pick([2, 4, 8]);
  const domainSize = pick([2, 4, 8].filter((size) => size <= gpuCount));
  const { nodeLink, networkLink, frontendLink } = testCluster(1, 1);
  const nodes = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, index) => {
    return { id: `node${index}`, gpuType: testGpu, gpuCount, domainSize };
  });
  const cluster = createCluster("random", nodes, { nodeLink, networkLink, frontendLink });
  const llms = Array.from({ length: 2 + Math.floor(random() * 5) }, (_, index) => {
    return { name: `llm${index}`, model: modelOf(1 * GB * 70 ** random()), engine: testEngine };
  });
  const sizes = llms.map(() => ({
    tp: pick([1, 1, 2, 4, 8].filter((degree) => degree <= domainSize)),
    share: (random() < 0.25 ? 8 : 1 + Math.floor(random() * 8)) / 8,
    kvTokens: Math.round(1000 * 60 ** random()),
  }));
  const replicas = llms.map(() => 0);
  let left = (0.4 + 0.6 * random()) * cluster.gpus.length;
  for (let misses = 0; misses < 20; ) {
    const llm = Math.floor(random() * llms.length);
    const amount = sizes[llm]!.tp * sizes[llm]!.share;
    if (amount > left) misses++;
    else {
      left -= amount;
      replicas[llm]!++;
    }
  }
  const requests = sizes.map((size, llm) => ({ ...size, replicas: replicas[llm]! }));
  return { cluster, llms, requests };
}

/** A model whose weights take about so many bytes. */
function modelOf(bytes: number): PlannedLlm["model"] {
  const perLayer = 218e6 * BYTES_PER_BF16;
  const embeddings = { vocabulary: 32_000, tiedEmbeddings: true };
  const layers = Math.max(1, Math.round(bytes / perLayer));
  return { ...testModel, ...embeddings, name: `test-${layers}-layers`, layers };
}
