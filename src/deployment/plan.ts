/**
 * A deployment plan: which LLM runs where, in how many instances, with which share of which GPUs.
 * Instances are named after the LLM that calls name, so two roles of one model may be planned
 * apart.
 */

import type { Cluster, Gpu } from "../hardware/cluster.ts";
import type { SharingMode } from "../hardware/interference.ts";
import type { Engine } from "../llm/engine.ts";
import type { ModelShape } from "../llm/model.ts";
import type { Control } from "./control.ts";

/** One serving instance: a TP group with a share of each of its GPUs. */
export interface Instance {
  /** One GPU per TP rank. */
  readonly gpus: readonly Gpu[];
  /** Fraction of each GPU's SMs, 0 < share ≤ 1. */
  readonly share: number;
  /** Bytes on each GPU for weights and KV cache; the default is `memory.ts`'s. */
  readonly memory?: number;
}

/** Who decides which replica of an LLM gets a call; `serving/routers/` has them. */
export const ROUTER_NAMES = [
  "least-outstanding-tokens",
  "round-robin",
  "random",
  "prefix-affinity",
  "session-affinity",
] as const;

/** One of `ROUTER_NAMES`. */
export type RouterName = (typeof ROUTER_NAMES)[number];

/** The router of an LLM that names none. */
export const DEFAULT_ROUTER: RouterName = "least-outstanding-tokens";

/** An LLM of the workload with its instances. */
export interface DeployedLlm {
  /** The name that calls use. */
  readonly name: string;
  readonly model: ModelShape;
  readonly engine: Engine;
  /** Default: `DEFAULT_ROUTER`. */
  readonly router?: RouterName;
  readonly instances: readonly Instance[];
}

/** A whole plan. */
export interface Deployment {
  readonly cluster: Cluster;
  /** How processes share their GPUs; default: mps. */
  readonly sharing?: SharingMode;
  readonly llms: readonly DeployedLlm[];
  /** Who changes it while it runs; nobody by default. */
  readonly control?: Control | undefined;
}

/**
 * Whether the instances on a GPU take turns, each with all of it, while the weights and KV cache of
 * the others are in host memory.
 */
export function isPool({ control }: Deployment): boolean {
  return control?.kind === "aegaeon";
}

/** One instance on one GPU. */
export interface Tenant {
  readonly llm: DeployedLlm;
  readonly instance: Instance;
  /** Position among all instances of the deployment, LLM by LLM: the replica's index. */
  readonly replica: number;
}

/** The tenants of every GPU, by GPU index. */
export function tenantsByGpu(deployment: Deployment): Tenant[][] {
  const tenants: Tenant[][] = deployment.cluster.gpus.map(() => []);
  let replica = 0;
  for (const llm of deployment.llms) {
    for (const instance of llm.instances) {
      for (const gpu of instance.gpus) tenants[gpu.index]!.push({ llm, instance, replica });
      replica++;
    }
  }
  return tenants;
}
