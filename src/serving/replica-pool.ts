/**
 * The replicas of a run and the memory of its GPUs. Replicas come with the plan or with a later
 * change, and go through loading, serving and draining; a change that takes time ends with an
 * event of its own.
 */

import { instanceTime } from "../deployment/instance-time.ts";
import { kvBytesByReplica } from "../deployment/memory.ts";
import { type DeployedLlm, type Deployment, type Instance, isPool } from "../deployment/plan.ts";
import { coldStartTime, wakeTime } from "../deployment/start-up.ts";
import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";
import type { SlowdownModel } from "../hardware/interference.ts";
import type { IterationTime } from "../llm/iteration-time.ts";
import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import { Batcher } from "./batcher.ts";
import type { PlanChange, ReplicaState } from "./control/controller.ts";
import { IterationCosts } from "./iteration-costs.ts";
import type { IterationSpan } from "./iteration-span.ts";
import { KvCache } from "./kv-cache.ts";
import { Replica } from "./replica.ts";
import type { Request } from "./request.ts";
import { Tenancy } from "./tenancy.ts";
import { TurnTaking } from "./turn-taking.ts";

/** Shares that are sums of decimal fractions may pass one by this. */
const SHARE_TOLERANCE = 1e-9;

/** What a pool needs and whom it tells. */
export interface PoolOptions {
  readonly simulation: Simulation;
  readonly deployment: Deployment;
  readonly slowdownModel: SlowdownModel;
  readonly isStepwise: boolean;
  readonly onFinish: (request: Request) => void;
  readonly onSpan?: (span: IterationSpan) => void;
  /** A replica of an LLM has begun to accept calls. */
  readonly onReady: (llm: number) => void;
  /** Replaces the analytic cost model, to reduce a replica to a known queue. */
  readonly iterationTime?: (llm: DeployedLlm, instance: Instance) => IterationTime;
}

/** A replica with what it belongs to. */
export interface ServedReplica {
  readonly replica: Replica;
  readonly batcher: Batcher;
  readonly llm: number;
  readonly instance: Instance;
  /** Bytes of a KV block on each of its GPUs. */
  readonly blockBytes: number;
  /** Bytes that it takes of each of its GPUs. */
  readonly memory: number;
  state: ReplicaState;
  /** Ticks from and to which it has its share and memory; infinite while it has. */
  readonly joined: number;
  left: number;
  /** What takes its place when it has drained. */
  successor: { readonly llm: number; readonly instance: Instance } | undefined;
}

/** The replicas of one run. */
export class ReplicaPool {
  /** All that there ever were, by index. */
  readonly replicas: ServedReplica[] = [];

  readonly #options: PoolOptions;
  readonly #tenancy: Tenancy;
  /** By LLM: the replicas that accept calls, by ascending index. */
  readonly #accepting: Replica[][];
  /** By GPU: the share and the bytes that its replicas have. */
  readonly #usedShare: Float64Array;
  readonly #usedMemory: Float64Array;
  /** Where the plan's replicas take turns. */
  readonly turns: TurnTaking | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    const { simulation, deployment, slowdownModel } = options;
    const { gpus } = deployment.cluster;
    const types = gpus.map(({ type }) => type);
    this.#tenancy = new Tenancy(types, slowdownModel);
    this.#usedShare = new Float64Array(gpus.length);
    this.#usedMemory = new Float64Array(gpus.length);
    this.#accepting = deployment.llms.map(() => []);
    const kvBytes = kvBytesByReplica(deployment);
    deployment.llms.forEach(({ instances }, llm) => {
      for (const instance of instances) {
        const served = this.#add(llm, instance, kvBytes[this.replicas.length]!);
        if (!isPool(deployment)) this.#join(served);
        this.#serve(served);
      }
    });
    const { replicas } = this;
    this.turns = isPool(deployment) ? this.#takeTurns() : undefined;
    simulation.onEvent(OrderClass.iterationEnd, (index, stamp) =>
      replicas[index]!.replica.onIterationEnd(stamp),
    );
    simulation.onEvent(OrderClass.admission, (index) => replicas[index]!.replica.onAdmission());
    simulation.onEvent(OrderClass.replicaReady, (index) => this.#onReady(replicas[index]!));
  }

  /** The replicas of an LLM that accept calls, by ascending index; perhaps none. */
  accepting(llm: number): readonly Replica[] {
    return this.#accepting[llm]!;
  }

  /** By GPU: the part of its SMs that no replica has. */
  freeShare(): number[] {
    return Array.from(this.#usedShare, (used) => Math.max(0, 1 - used));
  }

  /** Begins a change; false, and nothing happens, where it is impossible. */
  apply(change: PlanChange): boolean {
    if (change.kind === "activate") {
      const served = this.replicas[change.replica];
      return served !== undefined && this.turns?.activate(served) === true;
    }
    if (this.turns !== undefined) return false;
    if (change.kind === "load") return this.#load(change.llm, change.instance);
    const served = this.replicas[change.replica];
    if (served?.state !== "serving") return false;
    switch (change.kind) {
      case "drain":
        return this.#drain(served, undefined);
      case "scale": {
        const { llm, instance } = served;
        const { share } = change;
        const others = instance.gpus.map(({ index }) => this.#usedShare[index]! - instance.share);
        if (!(share > 0 && share + Math.max(...others) <= 1 + SHARE_TOLERANCE)) return false;
        return this.#drain(served, { llm, instance: { ...instance, share } });
      }
      case "swap": {
        const { instance, memory } = served;
        if (this.#kvBytes(change.llm, instance.gpus.length, memory) <= 0) return false;
        return this.#drain(served, { llm: change.llm, instance: { ...instance, memory } });
      }
    }
  }

  #load(llm: number, instance: Instance): boolean {
    const { gpus, share } = instance;
    const served = this.#options.deployment.llms[llm]!;
    const { memoryUtilization } = served.engine;
    const free = Math.min(
      ...gpus.map(({ index, type }) => memoryUtilization * type.memory - this.#usedMemory[index]!),
    );
    const { memory = free } = instance;
    const usedShare = Math.max(...gpus.map(({ index }) => this.#usedShare[index]!));
    const kvBytes = this.#kvBytes(llm, gpus.length, memory);
    const hasRoom = share + usedShare <= 1 + SHARE_TOLERANCE && memory <= free && kvBytes > 0;
    if (!(share > 0 && hasRoom)) return false;
    const started = this.#add(llm, instance, kvBytes);
    this.#join(started);
    this.#startUp(started, coldStartTime(served, instance));
    return true;
  }

  /** Bytes for the KV cache in `memory` of each GPU; 0 where not one block fits. */
  #kvBytes(llm: number, tp: number, memory: number): number {
    const { model, engine } = this.#options.deployment.llms[llm]!;
    if (!supportsTp(model, tp)) return 0;
    const kvBytes = memory - weightBytes(model, tp);
    return kvBytes >= kvBytesPerToken(model, tp) * engine.blockSize ? kvBytes : 0;
  }

  #drain(served: ServedReplica, successor: ServedReplica["successor"]): boolean {
    const accepting = this.#accepting[served.llm]!;
    accepting.splice(accepting.indexOf(served.replica), 1);
    served.state = "draining";
    served.successor = successor;
    if (served.replica.requestCount === 0) this.#leave(served);
    return true;
  }

  #leave(served: ServedReplica): void {
    const { instance, memory, successor } = served;
    served.state = "gone";
    served.left = this.#options.simulation.now;
    this.#giveUp(served);
    if (successor === undefined) return;
    const kvBytes = this.#kvBytes(successor.llm, instance.gpus.length, memory);
    const started = this.#add(successor.llm, successor.instance, kvBytes);
    this.#join(started);
    const llm = this.#options.deployment.llms[successor.llm]!;
    this.#startUp(started, wakeTime(llm, successor.instance));
  }

  #startUp({ replica }: ServedReplica, duration: number): void {
    const { simulation } = this.#options;
    const ready = simulation.now + Math.max(1, toTicks(duration));
    simulation.schedule(ready, OrderClass.replicaReady, replica.index);
  }

  #onReady(served: ServedReplica): void {
    if (this.turns !== undefined) {
      this.turns.onReady(served);
      return;
    }
    this.#serve(served);
    this.#options.onReady(served.llm);
  }

  #serve(served: ServedReplica): void {
    served.state = "serving";
    const accepting = this.#accepting[served.llm]!;
    const after = accepting.findIndex(({ index }) => index > served.replica.index);
    accepting.splice(after < 0 ? accepting.length : after, 0, served.replica);
  }

  /** A new replica, which does not accept calls yet. */
  #add(llmIndex: number, instance: Instance, kvBytes: number): ServedReplica {
    const { simulation, deployment, isStepwise, onFinish, onSpan = () => {} } = this.#options;
    const llm = deployment.llms[llmIndex]!;
    const { model, engine } = llm;
    const tp = instance.gpus.length;
    const blockBytes = kvBytesPerToken(model, tp) * engine.blockSize;
    const kv = new KvCache(Math.floor(kvBytes / blockBytes), engine.blockSize);
    const batcher = new Batcher(engine, kv);
    const time = this.#options.iterationTime ?? this.#analyticTime;
    const memory = weightBytes(model, tp) + kvBytes;
    const replica = new Replica({
      index: this.replicas.length,
      simulation,
      batcher,
      costs: new IterationCosts(time(llm, instance)),
      tenancy: this.#tenancy,
      contextLimit: model.contextLimit,
      wakeTicks: toTicks(engine.wakeTime),
      isStepwise,
      onSpan,
      onFinish,
      onIdle: () => {
        if (served.state === "draining") this.#leave(served);
      },
      onPause: () => this.turns?.onPause(served),
    });
    const served: ServedReplica = {
      replica,
      llm: llmIndex,
      instance,
      batcher,
      blockBytes,
      memory,
      state: "loading",
      joined: simulation.now,
      left: Number.POSITIVE_INFINITY,
      successor: undefined,
    };
    this.replicas.push(served);
    return served;
  }

  /** A replica gets its share and memory of its GPUs. */
  #join({ replica, instance, memory }: ServedReplica): void {
    this.#tenancy.join(replica.index, { ...instance, share: this.#smShare(instance) }, replica);
    for (const { index } of instance.gpus) {
      this.#usedShare[index]! += instance.share;
      this.#usedMemory[index]! += memory;
    }
  }

  /** A replica gives them up. */
  #giveUp({ replica, instance, memory }: ServedReplica): void {
    this.#tenancy.leave(replica.index);
    for (const { index } of instance.gpus) {
      this.#usedShare[index]! -= instance.share;
      this.#usedMemory[index]! -= memory;
    }
  }

  #takeTurns(): TurnTaking {
    const { simulation, deployment } = this.#options;
    return new TurnTaking(this.replicas, {
      llms: deployment.llms,
      now: () => simulation.now,
      join: (served) => this.#join(served),
      leave: (served) => this.#giveUp(served),
      startUp: (served, duration) => this.#startUp(served, duration),
    });
  }

  readonly #analyticTime = (llm: DeployedLlm, instance: Instance): IterationTime => {
    const { cluster } = this.#options.deployment;
    return instanceTime(llm, { ...instance, share: this.#smShare(instance) }, cluster);
  };

  /** The part of the SMs that a process may use: all of them where processes take turns. */
  #smShare({ share }: Instance): number {
    return this.#options.deployment.sharing === "time-slicing" ? 1 : share;
  }
}
