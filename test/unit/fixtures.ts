/**
 * Small literal hardware, model, engine and cluster for tests: figures near an H100 with an 8B
 * model, rounded, so that tests do not depend on the catalogue under clusters/.
 */

import { type Cluster, createCluster } from "../../src/hardware/cluster.ts";
import type { GpuType } from "../../src/hardware/gpu.ts";
import type { Demand } from "../../src/hardware/interference.ts";
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
  sms: 132,
  kernels: {
    matrix: {
      compute: { perSm: 7.6 * TFLOPs, limit: 1000 * TFLOPs, sharpness: 3 },
      bandwidth: { perSm: 118 * GB, limit: 2850 * GB, sharpness: 3 },
    },
    kvBandwidth: { perSm: 63 * GB, limit: 2950 * GB, sharpness: 5 },
    attentionCompute: { perSm: 5.5 * TFLOPs, limit: 700 * TFLOPs, sharpness: 3 },
    attentionRamp: 300,
    rooflineSharpness: 4,
    headFloor: 20 * us,
    layerFloor: 33 * us,
    attentionPerHead: 0.26 * us,
    rotaryPerHead: 0.13 * us,
    elementwisePasses: 10,
  },
  contention: {
    bandwidthWeight: 0.5,
    bandwidthLoss: 0.2,
    computePresence: 1,
    computeStretch: 1.4,
    cacheStretch: 0.35,
    kernelSize: 0.6,
    latencyStretch: 1.5,
    kernelWait: 0.75,
    kernelWaitOfCompute: 0.1,
    kernelWaitGrowth: 0.12,
    timeSlice: 2 * ms,
    contextSwitch: 130 * us,
  },
  allReduce: new Map([
    [2, { latency: 8 * us, perByte: 1 / (300 * GB) }],
    [4, { latency: 10 * us, perByte: 1.5 / (300 * GB) }],
    [8, { latency: 14 * us, perByte: 1.75 / (300 * GB) }],
  ]),
  domainSize: 8,
};

/** A batch of decodes: what test doubles of a cost model ask of the GPU. */
export const testDemand: Demand = {
  memory: 0.75,
  compute: 0.0625,
  bandwidth: 0.75,
  tokens: 32,
  layerTime: 256 * us,
  iterationTime: 8.192 * ms,
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
  weightType: "bf16",
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
  launchPerLayer: { fixed: 0, perChunk: 0, ofDecodes: 0 },
  prefillStretch: 1,
  requestOverhead: 0,
  responseOverhead: 0,
  wakeTime: 0,
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
