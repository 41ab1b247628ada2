/**
 * How far a replay's mean latency may be off because the costs of its GPUs, and the launches of its
 * engines, were fitted: the replay is repeated under each replicate of the fits, and the jackknife
 * makes an interval of what comes out. Errors of the engines' other parameters, and of what the
 * model leaves out, are not in it.
 */

import type { Deployment } from "../deployment/plan.ts";
import {
  contentionOf,
  contentionParameters,
  type FitReplicate,
  kernelParameters,
  kernelsOf,
  replicated,
} from "../hardware/fitted-costs.ts";
import type { GpuType } from "../hardware/gpu.ts";
import type { LayerLaunch } from "../llm/engine.ts";
import { type ReplayRequest, replay } from "./replay.ts";

/** Intervals as documents have them. */
export interface ReplayIntervals {
  readonly level: number;
  /** Null where neither a GPU nor an engine of the plan has known errors. */
  readonly latency_mean_seconds: readonly [number, number] | null;
}

const LEVEL = 0.9;

/** Student's t at 95 % by degrees of freedom, from 1. */
const T_95 = [6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812];

/** The intervals of a replay whose mean latency is `mean`. */
export function replayIntervals(
  request: ReplayRequest,
  mean: number | null,
  onProgress: (done: number) => void,
): ReplayIntervals {
  return { level: LEVEL, latency_mean_seconds: latencyInterval(request, mean, onProgress) };
}

/** 90 % interval of a mean latency in seconds; null where no GPU or engine has known errors. */
export function latencyInterval(
  request: ReplayRequest,
  mean: number | null,
  onProgress: (done: number) => void,
): [number, number] | null {
  const fits = changedDeployments(request.deployment);
  if (mean === null || fits.length === 0) return null;
  const count = fits.reduce((sum, changed) => sum + changed.length, 0);
  let done = 0;
  let variance = 0;
  let groups = Number.POSITIVE_INFINITY;
  for (const changed of fits) {
    const means = changed.map((deployment) => {
      onProgress(done++ / count);
      return replay({ ...request, deployment }, () => {}).summary.simulated.latency_seconds.mean;
    });
    const known = means.filter((value): value is number => value !== null);
    const center = known.reduce((sum, value) => sum + value, 0) / known.length;
    const squares = known.reduce((sum, value) => sum + (value - center) ** 2, 0);
    variance += ((known.length - 1) / known.length) * squares;
    groups = Math.min(groups, known.length);
  }
  const t = T_95[Math.min(groups - 1, T_95.length) - 1] ?? T_95.at(-1)!;
  const halfWidth = t * Math.sqrt(variance);
  return [Math.max(0, mean - halfWidth), mean + halfWidth];
}

/**
 * Fit by fit, the deployment under each replicate of the fit; a fit with fewer than two replicates
 * says nothing.
 */
function changedDeployments(deployment: Deployment): Deployment[][] {
  const types = [...new Set(deployment.cluster.gpus.map(({ type }) => type))];
  const engines = new Map(deployment.llms.map(({ engine }) => [engine.name, engine]));
  const fits = [
    ...types.flatMap((type) =>
      changedTypes(type).map((changed) =>
        changed.map((replacement) => withGpuType(deployment, type, replacement)),
      ),
    ),
    ...[...engines.values()].map(({ name, launchReplicates = [] }) =>
      launchReplicates.map((launch) => withLaunches(deployment, name, launch)),
    ),
  ];
  return fits.filter((changed) => changed.length > 1);
}

/** The GPU type under each replicate, fit by fit. */
function changedTypes(type: GpuType): GpuType[][] {
  const { kernels = [], contention = [] } = type.replicates ?? {};
  const byKernels = kernels.map((replicate: FitReplicate) => ({
    ...type,
    kernels: kernelsOf(replicated(kernelParameters(type.kernels), replicate), type.kernels),
  }));
  const byContention = contention.map((replicate: FitReplicate) => ({
    ...type,
    contention: contentionOf(replicated(contentionParameters(type.contention), replicate)),
  }));
  return [byKernels, byContention];
}

/** The deployment with other launches of one engine. */
function withLaunches(deployment: Deployment, name: string, launch: LayerLaunch): Deployment {
  return {
    ...deployment,
    llms: deployment.llms.map((llm) => {
      if (llm.engine.name !== name) return llm;
      return { ...llm, engine: { ...llm.engine, launchPerLayer: launch } };
    }),
  };
}

/** The deployment on other GPUs. */
function withGpuType(deployment: Deployment, type: GpuType, replacement: GpuType): Deployment {
  const { cluster, llms } = deployment;
  const gpus = cluster.gpus.map((gpu) => {
    return gpu.type === type ? { ...gpu, type: replacement } : gpu;
  });
  return {
    ...deployment,
    cluster: { ...cluster, gpus },
    llms: llms.map((llm) => ({
      ...llm,
      instances: llm.instances.map((instance) => ({
        ...instance,
        gpus: instance.gpus.map(({ index }) => gpus[index]!),
      })),
    })),
  };
}
