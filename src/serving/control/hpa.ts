/**
 * The Horizontal Pod Autoscaler of Kubernetes (autoscaling/v2) on calls in flight. For each LLM
 *
 *   desired = ceil(calls / target), unless |calls / (target · replicas) − 1| ≤ tolerance
 *
 * with `calls` the mean over a sync interval of what its replicas and its queue hold. More replicas
 * come at once when every desire within the scale-up delay was above the present number, and go
 * when every one within the scale-down delay was below (stabilization windows). A new replica is
 * like the LLM's first, on free GPUs; the youngest one goes first. Left out: rate policies, which
 * allow four pods and a doubling per 15 s.
 */

import type { HpaControl } from "../../deployment/control.ts";
import type { Instance } from "../../deployment/plan.ts";
import type { Gpu } from "../../hardware/cluster.ts";
import type { Controller, ControlView, PlanChange } from "./controller.ts";

/** Scrapes of the metric per sync interval, whose mean is scaled on. */
const SCRAPES = 15;

/** Numbers of replicas that were called for, and when. */
interface Desire {
  readonly time: number;
  readonly replicas: number;
}

/** The autoscaler of one run. */
export function createHpa(control: HpaControl): Controller {
  const scalers = control.targetCalls.map((_, llm) => new LlmScaler(llm, control));
  let scrapes = 0;
  return {
    interval: control.interval / SCRAPES,
    decide(view) {
      for (const scaler of scalers) scaler.scrape(view);
      if (++scrapes % SCRAPES > 0) return [];
      const free = [...view.freeShare];
      return scalers.flatMap((scaler) => scaler.decide(view, free));
    },
  };
}

/** Decides for one LLM. */
class LlmScaler {
  readonly #llm: number;
  readonly #control: HpaControl;
  readonly #desires: Desire[] = [];
  /** Calls in flight at the scrapes since the last decision. */
  #calls: number[] = [];

  constructor(llm: number, control: HpaControl) {
    this.#llm = llm;
    this.#control = control;
  }

  scrape({ replicas, stranded }: ControlView): void {
    let calls = stranded[this.#llm]!;
    for (const { llm, state, requestCount } of replicas) {
      if (llm === this.#llm && state === "serving") calls += requestCount;
    }
    this.#calls.push(calls);
  }

  /** Changes to make now; takes what new replicas need from `free`, the free share by GPU. */
  decide(view: ControlView, free: number[]): PlanChange[] {
    const llm = this.#llm;
    const present = view.replicas.filter(
      (replica) =>
        replica.llm === llm && (replica.state === "serving" || replica.state === "loading"),
    );
    const wanted = this.#stabilized(view.time, this.#desired(present.length), present.length);
    const changes: PlanChange[] = [];
    for (let count = present.length; count < wanted; count++) {
      const instance = takeFreeInstance(view, view.deployment.llms[llm]!.instances[0]!, free);
      if (instance === undefined) break;
      changes.push({ kind: "load", llm, instance });
    }
    // One that still starts cannot be drained: it is at a later decision.
    for (const { index, state } of present.slice(wanted)) {
      if (state === "serving") changes.push({ kind: "drain", replica: index });
    }
    return changes;
  }

  #desired(present: number): number {
    const calls = this.#calls.reduce((sum, count) => sum + count, 0) / this.#calls.length;
    this.#calls = [];
    const { targetCalls, tolerance, minReplicas, maxReplicas } = this.#control;
    const target = targetCalls[this.#llm]!;
    const isNear = Math.abs(calls / (target * present) - 1) <= tolerance;
    const desired = isNear ? present : Math.ceil(calls / target);
    return Math.min(maxReplicas, Math.max(minReplicas, desired));
  }

  /** The present number, moved into what was desired within the delays. */
  #stabilized(time: number, desired: number, present: number): number {
    const { scaleUpDelay, scaleDownDelay } = this.#control;
    const desires = this.#desires;
    desires.push({ time, replicas: desired });
    const longest = Math.max(scaleUpDelay, scaleDownDelay);
    while (desires[0]!.time < time - longest) desires.shift();
    const within = (delay: number) =>
      desires.filter((desire) => desire.time >= time - delay).map(({ replicas }) => replicas);
    const least = Math.min(...within(scaleUpDelay));
    const most = Math.max(...within(scaleDownDelay));
    return Math.min(Math.max(present, least), most);
  }
}

/** An instance like `model` on the first GPUs of one fast domain that have its share free. */
function takeFreeInstance(
  { deployment }: ControlView,
  model: Instance,
  freeShare: number[],
): Instance | undefined {
  const { gpus, share } = model;
  const free = deployment.cluster.gpus.filter(({ index }) => freeShare[index]! >= share);
  for (const { node, domain } of free) {
    const isBeside = (gpu: Gpu) => gpu.node === node && gpu.domain === domain;
    const beside = free.filter(isBeside).slice(0, gpus.length);
    if (beside.length < gpus.length) continue;
    for (const { index } of beside) freeShare[index]! -= share;
    return { ...model, gpus: beside };
  }
  return undefined;
}
