/**
 * What steers a deployment while it runs, as a plan says it: who changes it (`serving/control/`) or
 * orders its calls. Defaults are those of Kubernetes (HorizontalPodAutoscaler v2).
 */

/** Replicas by load, as Kubernetes scales: see `serving/control/hpa.ts`. */
export interface HpaControl {
  readonly kind: "hpa";
  /** Seconds between decisions. */
  readonly interval: number;
  /** By LLM: calls in flight that one replica should have. */
  readonly targetCalls: readonly number[];
  /** Relative distance from the target below which nothing changes. */
  readonly tolerance: number;
  /** Seconds for which more, or fewer, replicas must have been called for until they come or go. */
  readonly scaleUpDelay: number;
  readonly scaleDownDelay: number;
  /** Least and most replicas of an LLM. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Orders of priority that follow how far executions are: see `workflow/call-priorities.ts`. */
export const CALL_ORDERS = ["oldest-first", "nearest-end"] as const;

/** Priorities by what is known of the workflow. */
export interface AyoControl {
  readonly kind: "ayo";
  readonly order: (typeof CALL_ORDERS)[number];
}

/** Models that take turns on a pool of GPUs: see `serving/control/aegaeon.ts`. */
export interface AegaeonControl {
  readonly kind: "aegaeon";
  /** Seconds that a model keeps its GPUs while others wait for them. */
  readonly quantum: number;
  /** Calls by which GPUs with a model must be further behind before others take it up, ≥ 0. */
  readonly affinity: number;
}

/** One of the ways to change what a deployment does. */
export type Control = HpaControl | AyoControl | AegaeonControl;

/** What Kubernetes does unless told otherwise; `minReplicas` too. */
export const KUBERNETES_DEFAULTS = {
  interval: 15,
  tolerance: 0.1,
  scaleUpDelay: 0,
  scaleDownDelay: 300,
  minReplicas: 1,
} as const;
