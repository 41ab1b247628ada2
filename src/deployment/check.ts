/**
 * What makes a plan impossible or doubtful. A planner's plan has no problem and no warning; a
 * user's plan may have warnings.
 */

import { type Gpu, spannedLevel } from "../hardware/cluster.ts";
import { kvBytesPerToken, supportsTp } from "../llm/model.ts";
import { formatBytes } from "../units.ts";
import { kvBytesByReplica, tenantWeights } from "./memory.ts";
import { type DeployedLlm, type Deployment, type Instance, isPool, tenantsByGpu } from "./plan.ts";

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
  if (problems.length === 0) problems.push(...poolProblems(deployment));
  if (problems.length === 0) problems.push(...memoryProblems(deployment));
  return { problems, warnings: isPool(deployment) ? [] : shareWarnings(deployment) };
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

/** Replicas that take turns have whole GPUs, and all on a GPU have the same ones. */
function poolProblems(deployment: Deployment): string[] {
  if (!isPool(deployment)) return [];
  return tenantsByGpu(deployment).flatMap((tenants, index) => {
    const { id } = deployment.cluster.gpus[index]!;
    const isWhole = tenants.every(({ instance }) => {
      return instance.share === 1 && instance.memory === undefined;
    });
    const groups = new Set(
      tenants.map(({ instance }) => instance.gpus.map((gpu) => gpu.id).join()),
    );
    const hasTwice = new Set(tenants.map(({ llm }) => llm.name)).size < tenants.length;
    if (isWhole && groups.size <= 1 && !hasTwice) return [];
    const rule = "one replica per LLM, each with share 1, no memory and the same GPUs";
    return [`${id}: replicas that take turns must be ${rule}`];
  });
}

function memoryProblems(deployment: Deployment): string[] {
  const problems = isPool(deployment) ? [] : claimProblems(deployment);
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

function claimProblems(deployment: Deployment): string[] {
  return tenantsByGpu(deployment).flatMap((tenants, index) => {
    const gpu = deployment.cluster.gpus[index]!;
    const claimed = tenants.reduce(
      (sum, tenant) => sum + Math.max(tenant.instance.memory ?? 0, tenantWeights(tenant)),
      0,
    );
    if (claimed <= gpu.type.memory) return [];
    return [`${gpu.id}: its tenants need ${formatBytes(claimed)}, ${describeGpu(gpu)}`];
  });
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
