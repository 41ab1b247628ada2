/**
 * The serving side of a run: all replicas of a deployment behind one router per LLM, and the
 * network hops between client, router and replica. Calls come in through `submit`; what they
 * measured comes back through `onResponse`.
 */

import { kvBytesByReplica } from "../deployment/memory.ts";
import type { DeployedLlm, Deployment, Instance } from "../deployment/plan.ts";
import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import { spannedLevel, transferTime } from "../hardware/cluster.ts";
import type { SlowdownModel } from "../hardware/interference.ts";
import { createIterationTime, type IterationTime } from "../llm/iteration-time.ts";
import { kvBytesPerToken } from "../llm/model.ts";
import { Batcher } from "./batcher.ts";
import { IterationCosts } from "./iteration-costs.ts";
import type { IterationSpan } from "./iteration-span.ts";
import { KvCache } from "./kv-cache.ts";
import { Replica } from "./replica.ts";
import { type CallRequest, createRequest, type Request } from "./request.ts";
import { leastOutstandingTokens } from "./router.ts";
import { Tenancy } from "./tenancy.ts";

/** Bytes of text that a token takes on the network. */
const BYTES_PER_TOKEN = 4;

/** What the service needs and whom it tells. */
export interface ServiceOptions {
  readonly simulation: Simulation;
  readonly deployment: Deployment;
  readonly slowdownModel: SlowdownModel;
  readonly isStepwise: boolean;
  /** A call's response has reached its client. */
  readonly onResponse: (request: Request) => void;
  readonly onSpan?: (span: IterationSpan) => void;
  /** Replaces the analytic cost model, to reduce a replica to a known queue. */
  readonly iterationTime?: (llm: DeployedLlm, instance: Instance) => IterationTime;
}

/** A replica with what it belongs to. */
export interface ServedReplica {
  readonly replica: Replica;
  readonly llm: number;
  readonly instance: Instance;
  /** Bytes of a KV block on each of its GPUs. */
  readonly blockBytes: number;
}

/** The replicas, routers and network of one simulation. */
export class Service {
  readonly replicas: readonly ServedReplica[];

  readonly #options: ServiceOptions;
  readonly #simulation: Simulation;
  readonly #replicasOfLlm: Replica[][] = [];
  /** Calls on the network, by the slot that their event carries. */
  readonly #inTransit: (Request | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  constructor(options: ServiceOptions) {
    this.#options = options;
    const { simulation, deployment } = options;
    this.#simulation = simulation;
    const tenancy = new Tenancy(deployment, options.slowdownModel);
    const kvBytes = kvBytesByReplica(deployment);
    const replicas: ServedReplica[] = [];
    deployment.llms.forEach((llm, llmIndex) => {
      this.#replicasOfLlm[llmIndex] = llm.instances.map((instance) => {
        const index = replicas.length;
        const blockBytes = kvBytesPerToken(llm.model, instance.gpus.length) * llm.engine.blockSize;
        const totalBlocks = Math.floor(kvBytes[index]! / blockBytes);
        const kv = new KvCache(totalBlocks, llm.engine.blockSize);
        const replica = this.#createReplica(llm, instance, { index, kv, tenancy });
        replicas.push({ replica, llm: llmIndex, instance, blockBytes });
        return replica;
      });
    });
    this.replicas = replicas;
    simulation.onEvent(OrderClass.iterationEnd, (index, stamp) =>
      replicas[index]!.replica.onIterationEnd(stamp),
    );
    simulation.onEvent(OrderClass.admission, (index) => replicas[index]!.replica.onAdmission());
    simulation.onEvent(OrderClass.delivery, (_, slot) => this.#deliver(slot));
    simulation.onEvent(OrderClass.response, (_, slot) => this.#respond(slot));
  }

  /** Sends call number `entity`; it reaches its replica after a network hop. */
  submit(call: CallRequest, entity: number): Request {
    const request = createRequest(call, entity, this.#simulation.now);
    this.#send(request, request.promptTokens, OrderClass.delivery);
    return request;
  }

  #createReplica(
    llm: DeployedLlm,
    instance: Instance,
    parts: { readonly index: number; readonly kv: KvCache; readonly tenancy: Tenancy },
  ): Replica {
    const { simulation, isStepwise, onSpan = () => {} } = this.#options;
    const time = this.#options.iterationTime ?? this.#analyticTime;
    return new Replica({
      index: parts.index,
      simulation,
      batcher: new Batcher(llm.engine, parts.kv),
      costs: new IterationCosts(time(llm, instance)),
      tenancy: parts.tenancy,
      contextLimit: llm.model.contextLimit,
      isStepwise,
      onSpan,
      onFinish: (request) => this.#send(request, request.outputTokens, OrderClass.response),
    });
  }

  readonly #analyticTime = ({ model, engine }: DeployedLlm, instance: Instance): IterationTime => {
    const { gpus, share } = instance;
    const level = spannedLevel(gpus);
    const { cluster } = this.#options.deployment;
    const hardware = { gpu: gpus[0]!.type, cluster, tp: gpus.length, level, share };
    return createIterationTime(model, engine, hardware);
  };

  #send(request: Request, tokens: number, orderClass: OrderClass): void {
    const { frontendLink } = this.#options.deployment.cluster;
    const delay = toTicks(transferTime(frontendLink, tokens * BYTES_PER_TOKEN));
    const slot = this.#freeSlots.pop() ?? this.#inTransit.length;
    this.#inTransit[slot] = request;
    this.#simulation.schedule(this.#simulation.now + delay, orderClass, request.entity, slot);
  }

  #receive(slot: number): Request {
    const request = this.#inTransit[slot];
    assert(request !== undefined, "a message arrived twice");
    this.#inTransit[slot] = undefined;
    this.#freeSlots.push(slot);
    return request;
  }

  #deliver(slot: number): void {
    const request = this.#receive(slot);
    const replica = leastOutstandingTokens(this.#replicasOfLlm[request.llm]!, request);
    request.replica = replica.index;
    replica.outstandingTokens += request.routedTokens;
    replica.enqueue(request);
  }

  #respond(slot: number): void {
    const request = this.#receive(slot);
    request.endTime = this.#simulation.now;
    this.#options.onResponse(request);
  }
}
