/**
 * Small literal hardware, model, engine and cluster for tests: figures near an H100 with an 8B
 * model, rounded, so that tests do not depend on the catalogue under clusters/.
 */

import { type Cluster, createCluster } from "../../src/hardware/cluster.ts";
import type { GpuType } from "../../src/hardware/gpu.ts";
import type { Engine } from "../../src/llm/engine.ts";
import type { ModelShape } from "../../src/llm/model.ts";
import { GB, ms, TFLOPs, us } from "../../src/units.ts";

/** A GPU near an H100 SXM with 80 GB, eight to a fast domain. */
export const testGpu: GpuType = {
  name: "test-h100",
  memory: 80 * GB,
  peakBandwidth: 3350 * GB,
  peakCompute: 989 * TFLOPs,
  hostBandwidth: 64 * GB,
  gemmRate: {
    x: [1, 64, 256, 1024, 4096],
    y: [400 * TFLOPs, 450 * TFLOPs, 550 * TFLOPs, 620 * TFLOPs, 660 * TFLOPs],
  },
  weightBandwidth: 2700 * GB,
  kvBandwidth: 2800 * GB,
  attentionFloor: 11 * us,
  attentionRate: {
    x: [512, 1024, 2048, 8192],
    y: [155 * TFLOPs, 257 * TFLOPs, 398 * TFLOPs, 573 * TFLOPs],
  },
  layerFloor: 15 * us,
  computeOfShare: { x: [0.125, 0.25, 0.5, 1], y: [0.16, 0.32, 0.62, 1] },
  bandwidthOfShare: { x: [0.125, 0.25, 0.5, 1], y: [0.7, 0.9, 0.97, 1] },
  allReduce: new Map([
    [2, { latency: 8 * us, perByte: 1 / (300 * GB) }],
    [4, { latency: 10 * us, perByte: 1.5 / (300 * GB) }],
    [8, { latency: 14 * us, perByte: 1.75 / (300 * GB) }],
  ]),
  domainSize: 8,
};

/** A model with the shape of Llama 3.1 8B. */
export const testModel: ModelShape = {
  name: "test-8b",
  huggingFace: "test/test-8b",
  layers: 32,
  hidden: 4096,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  ffn: 14336,
  vocabulary: 128256,
  tiedEmbeddings: false,
  contextLimit: 131072,
};

/** An engine near vLLM with its default limits. */
export const testEngine: Engine = {
  name: "test-engine",
  policy: "vllm",
  maxNumSeqs: 256,
  maxNumBatchedTokens: 8192,
  blockSize: 16,
  memoryUtilization: 0.9,
  watermark: 0,
  hasPrefixCache: true,
  hostPerIteration: 3 * ms,
  hostPerSequence: 10 * us,
  startTime: 30,
  weightReadRate: 8 * GB,
  decodeBatchSizes: [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256],
};

/** `nodes` nodes of `gpus` GPUs, each node one fast domain. */
export function testCluster(nodes: number, gpus: number, gpuType: GpuType = testGpu): Cluster {
  const specs = Array.from({ length: nodes }, (_, index) => ({
    id: `node${index}`,
    gpuType,
    gpuCount: gpus,
    domainSize: gpuType.domainSize,
  }));
  return createCluster("test-cluster", specs, {
    nodeLink: { latency: 10 * us, bandwidth: 50 * GB },
    networkLink: { latency: 5 * us, bandwidth: 40 * GB },
    frontendLink: { latency: 100 * us, bandwidth: 10 * GB },
  });
}
