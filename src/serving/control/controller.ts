/**
 * Controllers change a deployment while it runs: at intervals they see what a monitor would show
 * them, and answer with plan changes, each of which takes its time.
 */

import type { Deployment, Instance } from "../../deployment/plan.ts";

/** One change of the running deployment; replicas go by index, LLMs by position. */
export type PlanChange =
  /** Starts a replica where there is room; it serves after a cold start. */
  | { readonly kind: "load"; readonly llm: number; readonly instance: Instance }
  /** Takes a replica out: it accepts no more calls, and leaves when it has ended those it has. */
  | { readonly kind: "drain"; readonly replica: number }
  /** Drains a replica and starts it again with another share: MPS sets it when a process starts. */
  | { readonly kind: "scale"; readonly replica: number; readonly share: number }
  /** Drains a replica, puts it to sleep and wakes another LLM in its place. */
  | { readonly kind: "swap"; readonly replica: number; readonly llm: number }
  /** In a pool, the only change: gives a paused replica the GPUs of the one that serves there. */
  | { readonly kind: "activate"; readonly replica: number };

/** Where a replica is in its life; one that has left keeps its index. In pools they also pause. */
export type ReplicaState = "loading" | "serving" | "paused" | "draining" | "gone";

/** A replica as a monitor shows it. */
export interface ReplicaView {
  readonly index: number;
  readonly llm: number;
  readonly instance: Instance;
  readonly state: ReplicaState;
  /** Calls waiting or running on it. */
  readonly requestCount: number;
  /** Tokens that they still have to compute. */
  readonly outstandingTokens: number;
}

/** What a controller sees. */
export interface ControlView {
  /** Seconds since the run began. */
  readonly time: number;
  /** The plan that the run began with. */
  readonly deployment: Deployment;
  readonly replicas: readonly ReplicaView[];
  /** By LLM: calls that wait for a replica that accepts them. */
  readonly stranded: readonly number[];
  /** By GPU: the part of its SMs that no replica has. */
  readonly freeShare: readonly number[];
}

/** Decides about changes at intervals. */
export interface Controller {
  /** Seconds between decisions. */
  readonly interval: number;
  /** Changes to make now, in order; one that is impossible is left out. */
  decide(view: ControlView): readonly PlanChange[];
}
