/**
 * What makes a plan impossible or doubtful. A planner's plan has no problem and no warning; a
 * user's plan may have warnings.
 */

import { type Gpu, spannedLevel } from "../hardware/cluster.ts";
import { kvBytesPerToken, supportsTp } from "../llm/model.ts";
import { formatBytes } from "../units.ts";
import { kvBytesByReplica, tenantWeights } from "./memory.ts";
import { type DeployedLlm, type Deployment, type Instance, tenantsByGpu } from "./plan.ts";

/** Slack for shares that are sums of decimal fractions. */
const SHARE_TOLERANCE = 1e-9;

/** Findings about a plan, in words for the user. */
export interface PlanFindings {
  /** The plan cannot run. */
  readonly problems: readonly string[];
  /** It can, but a planner would not emit it. */
  readonly warnings: readonly string[];
}

/** Checks TP groups, shares and memory of `deployment`. */
export function checkDeployment(deployment: Deployment): PlanFindings {
  const problems = deployment.llms.flatMap((llm) =>
    llm.instances.length === 0
      ? [`${llm.name} has no instance`]
      : llm.instances.flatMap((instance) => instanceProblems(llm, instance)),
  );
  if (problems.length === 0) problems.push(...memoryProblems(deployment));
  return { problems, warnings: shareWarnings(deployment) };
}

function instanceProblems({ name, model }: DeployedLlm, instance: Instance): string[] {
  const problems: string[] = [];
  const { gpus, share } = instance;
  const tp = gpus.length;
  if (!(share > 0 && share <= 1)) problems.push(`${name}: share ${share} is not in (0, 1]`);
  if (tp === 0 || !supportsTp(model, tp)) {
    problems.push(`${name}: ${model.name} cannot be split over ${tp} GPUs`);
  }
  if (new Set(gpus).size !== tp) problems.push(`${name}: a TP group names a GPU twice`);
  const isInDomain = tp > 1 && spannedLevel(gpus) === "domain";
  if (isInDomain && !gpus.every((gpu) => gpu.type.allReduce.has(tp))) {
    problems.push(`${name}: no all-reduce time is known for TP ${tp}`);
  }
  return problems;
}

function memoryProblems(deployment: Deployment): string[] {
  const problems: string[] = [];
  tenantsByGpu(deployment).forEach((tenants, index) => {
    const gpu = deployment.cluster.gpus[index]!;
    const claimed = tenants.reduce(
      (sum, tenant) => sum + Math.max(tenant.instance.memory ?? 0, tenantWeights(tenant)),
      0,
    );
    if (claimed > gpu.type.memory) {
      problems.push(`${gpu.id}: its tenants need ${formatBytes(claimed)}, ${describeGpu(gpu)}`);
    }
  });
  const kvBytes = kvBytesByReplica(deployment);
  let replica = 0;
  for (const { name, model, engine, instances } of deployment.llms) {
    for (const { gpus } of instances) {
      const block = kvBytesPerToken(model, gpus.length) * engine.blockSize;
      if (kvBytes[replica++]! < block) {
        const where = gpus.map((gpu) => gpu.id).join(" + ");
        problems.push(`${name}: the weights leave no memory for its KV cache on ${where}`);
      }
    }
  }
  return problems;
}

function shareWarnings(deployment: Deployment): string[] {
  const warnings: string[] = [];
  tenantsByGpu(deployment).forEach((tenants, index) => {
    const sum = tenants.reduce((total, { instance }) => total + instance.share, 0);
    if (sum > 1 + SHARE_TOLERANCE) {
      warnings.push(`${deployment.cluster.gpus[index]!.id}: shares sum to ${sum.toFixed(3)}`);
    }
  });
  return warnings;
}

function describeGpu(gpu: Gpu): string {
  return `a ${gpu.type.name} has ${formatBytes(gpu.type.memory)}`;
}
