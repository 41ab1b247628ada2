/** Short ways to write deployments in tests of predictors. */

import type { Deployment, Instance } from "../../../src/deployment/plan.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

/** LLM number i with `replicas[i]` instances on whole GPUs of their own. */
export function onWholeGpus(replicas: readonly number[]): Deployment {
  return onShares(replicas.map((count) => new Array<number>(count).fill(1)));
}

/** LLM number i with an instance of each of `shares[i]`, all on GPUs of their own. */
export function onShares(shares: readonly (readonly number[])[]): Deployment {
  const cluster = testCluster(shares.flat().length, 1);
  let gpu = 0;
  return {
    cluster,
    llms: shares.map((ofLlm, llm) => ({
      name: `llm${llm}`,
      model: testModel,
      engine: testEngine,
      instances: ofLlm.map((share): Instance => ({ gpus: [cluster.gpus[gpu++]!], share })),
    })),
  };
}
