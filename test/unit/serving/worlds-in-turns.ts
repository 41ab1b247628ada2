/** Random worlds whose LLMs take turns: one replica of each on every group of GPUs. */

import type { Deployment, Instance } from "../../../src/deployment/plan.ts";
import { kvBytesPerToken, weightBytes } from "../../../src/llm/model.ts";
import { testCluster, testGpu } from "../fixtures.ts";

/** `deployment` with groups of `tp` GPUs that hold `kvTokens` of KV cache beside all weights. */
export function inTurns(deployment: Deployment, tp: number, kvTokens: number): Deployment {
  const { cluster, llms } = deployment;
  const { model, engine } = llms[0]!;
  const degree = cluster.gpus.length % tp === 0 ? tp : 1;
  const weights = (llms.length > 1 ? 2 : 1) * weightBytes(model, degree);
  const needed = weights + (kvTokens + 0.5) * kvBytesPerToken(model, degree);
  const type = { ...testGpu, memory: needed / engine.memoryUtilization, hostBandwidth: 1e12 };
  const { gpus } = testCluster(1, cluster.gpus.length, type);
  const instances: Instance[] = [];
  for (let first = 0; first < gpus.length; first += degree) {
    instances.push({ gpus: gpus.slice(first, first + degree), share: 1 });
  }
  return {
    ...deployment,
    cluster: { ...cluster, gpus },
    llms: llms.map((llm) => ({ ...llm, instances })),
    control: { kind: "aegaeon", quantum: 1, affinity: 3 },
  };
}
