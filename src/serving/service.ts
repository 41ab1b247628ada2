/**
 * The serving side of a run: the replicas of a deployment behind one router per LLM, and the
 * network hops between client, router and replica. Calls come in through `submit`; what they
 * measured comes back through `onResponse`.
 */

import { DEFAULT_ROUTER } from "../deployment/plan.ts";
import { OrderClass } from "../engine/simulation.ts";
import { toSeconds, toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import { transferTime } from "../hardware/cluster.ts";
import type { Engine } from "../llm/engine.ts";
import type { Controller } from "./control/controller.ts";
import { type PoolOptions, ReplicaPool, type ServedReplica } from "./replica-pool.ts";
import { type CallRequest, type CallStatus, createRequest, type Request } from "./request.ts";
import { createRouter } from "./routers/by-name.ts";
import { createModelGroups } from "./routers/model-groups.ts";
import type { Router } from "./routers/router.ts";

/** Bytes of text that a token takes on the network. */
const BYTES_PER_TOKEN = 4;

/** What the service needs and whom it tells. */
export interface ServiceOptions extends Omit<PoolOptions, "onFinish" | "onReady"> {
  /** Master seed of the run, for routers that draw; default 1. */
  readonly seed?: number;
  /** What the calls of one workflow execution have in common; by default every call is alone. */
  readonly sessionOf?: (entity: number) => number;
  /** A call's response has reached its client. */
  readonly onResponse: (request: Request) => void;
}

/** How many calls of an LLM there are at one instant, besides those on the network. */
export interface LlmLoad {
  readonly name: string;
  readonly running: number;
  readonly waiting: number;
}

/** The replicas, routers and network of one simulation. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #pool: ReplicaPool;
  readonly #routers: readonly Router[];
  /** By LLM: calls that found no replica. */
  readonly #stranded: Request[][];
  /** Calls on the network, by the slot that their event carries. */
  readonly #inTransit: (Request | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** Ticks at which the last call was sent, and at which it arrives. */
  #lastSubmit = -1;
  #lastArrival = -1;
  /** Requests that are over, to be used again. */
  readonly #spare: Request[] = [];

  constructor(options: ServiceOptions) {
    this.#options = options;
    const { simulation, deployment, seed = 1, sessionOf = (entity) => entity } = options;
    this.#pool = new ReplicaPool({
      ...options,
      onFinish: (request) => this.#respondTo(request),
      onReady: (llm) => this.#routeStranded(llm),
    });
    const dispatch = this.#dispatchToTurns();
    this.#routers = deployment.llms.map(
      ({ name, router = DEFAULT_ROUTER }) =>
        dispatch ?? createRouter(router, { llm: name, seed, sessionOf }),
    );
    this.#stranded = deployment.llms.map(() => []);
    simulation.onEvent(OrderClass.delivery, (_, slot) => this.#route(this.#receive(slot)));
    simulation.onEvent(OrderClass.withdrawal, (_, slot) => this.#withdraw(this.#receive(slot)));
    simulation.onEvent(OrderClass.response, (_, slot) => this.#respond(slot));
  }

  /** All replicas that there have been, by index. */
  get replicas(): readonly ServedReplica[] {
    return this.#pool.replicas;
  }

  /** Calls that replicas run, and calls that wait at one or for one, by LLM. */
  get loads(): LlmLoad[] {
    const loads = this.#options.deployment.llms.map(({ name }, llm) => {
      return { name, running: 0, waiting: this.#stranded[llm]!.length };
    });
    for (const { batcher, llm } of this.replicas) {
      const { requestCount, running } = batcher;
      loads[llm]!.running += running;
      loads[llm]!.waiting += requestCount - running;
    }
    return loads;
  }

  /**
   * Sends call number `entity`; it reaches its replica after a network hop and the engine's
   * overhead. Calls sent at one instant arrive in the order in which they were sent.
   */
  submit(call: CallRequest, entity: number): Request {
    const { now } = this.#options.simulation;
    const request = createRequest(call, entity, now, this.#spare.pop());
    const { requestOverhead } = this.#engineOf(request);
    const arrival = now + this.#hop(request.promptTokens, requestOverhead);
    const inOrder = this.#lastSubmit === now ? Math.max(arrival, this.#lastArrival) : arrival;
    this.#lastSubmit = now;
    this.#lastArrival = inOrder;
    this.#send(request, inOrder, OrderClass.delivery);
    return request;
  }

  /**
   * The client gives up a call that has not ended: it gets no response. Its replica is told after a
   * network hop, and goes on without it from the next boundary of iterations on.
   */
  giveUp(request: Request, status: CallStatus): void {
    const { now } = this.#options.simulation;
    request.isGivenUp = true;
    request.status = status;
    request.endTime = now;
    if (request.finishTime < 0) request.receivedTokens = this.#generatedTokens(request);
    this.#send(request, now + this.#hop(0, 0), OrderClass.withdrawal);
  }

  /** Takes back a request that nobody will look at any more. */
  recycle(request: Request): void {
    this.#spare.push(request);
  }

  /** Asks a controller, and begins the changes that it decides on. */
  control(controller: Controller): void {
    const { simulation, deployment } = this.#options;
    const changes = controller.decide({
      time: toSeconds(simulation.now),
      deployment,
      replicas: this.replicas.map(({ replica, llm, instance, state }) => {
        const { index, requestCount, outstandingTokens } = replica;
        return { index, llm, instance, state, requestCount, outstandingTokens };
      }),
      stranded: this.#stranded.map(({ length }) => length),
      freeShare: this.#pool.freeShare(),
    });
    for (const change of changes) this.#pool.apply(change);
  }

  /** The dispatcher of a pool whose models take turns; it needs to know of all models. */
  #dispatchToTurns(): Router | undefined {
    const { control } = this.#options.deployment;
    const { turns, replicas } = this.#pool;
    if (control?.kind !== "aegaeon" || turns === undefined) return undefined;
    return createModelGroups({
      affinity: control.affinity,
      isAtWork: (index) => {
        const { replica, state } = replicas[index]!;
        return state === "serving" || replica.requestCount > 0;
      },
      workWith: (index, tokens) => turns.workWith(index, tokens),
    });
  }

  #respondTo(request: Request): void {
    const { responseOverhead } = this.#engineOf(request);
    const delay = this.#hop(request.outputTokens, responseOverhead);
    this.#send(request, this.#options.simulation.now + delay, OrderClass.response);
  }

  /** Ticks of a network hop of so many tokens, and of the host before it. */
  #hop(tokens: number, overhead: number): number {
    const { frontendLink } = this.#options.deployment.cluster;
    return toTicks(overhead + transferTime(frontendLink, tokens * BYTES_PER_TOKEN));
  }

  #engineOf(request: Request): Engine {
    return this.#options.deployment.llms[request.llm]!.engine;
  }

  #send(request: Request, arrival: number, orderClass: OrderClass): void {
    const slot = this.#freeSlots.pop() ?? this.#inTransit.length;
    this.#inTransit[slot] = request;
    this.#options.simulation.schedule(arrival, orderClass, request.entity, slot);
  }

  #receive(slot: number): Request {
    const request = this.#inTransit[slot];
    assert(request !== undefined, "a message arrived twice");
    this.#inTransit[slot] = undefined;
    this.#freeSlots.push(slot);
    return request;
  }

  #generatedTokens(request: Request): number {
    if (request.arrivalTime < 0) return 0;
    return this.#pool.replicas[request.replica]!.replica.generatedTokens(request);
  }

  #withdraw(request: Request): void {
    if (request.finishTime >= 0) return;
    if (request.arrivalTime >= 0) {
      this.#pool.replicas[request.replica]!.replica.withdraw(request);
      return;
    }
    request.finishTime = this.#options.simulation.now;
    const stranded = this.#stranded[request.llm]!;
    const place = stranded.indexOf(request);
    if (place >= 0) stranded.splice(place, 1);
  }

  #route(request: Request): void {
    // Withdrawn before it came.
    if (request.finishTime >= 0) return;
    const replicas = this.#pool.accepting(request.llm);
    if (replicas.length === 0) {
      this.#stranded[request.llm]!.push(request);
      return;
    }
    const { replica, tokens } = this.#routers[request.llm]!.choose(replicas, request);
    request.replica = replica.index;
    request.routedTokens = tokens;
    replica.outstandingTokens += tokens;
    replica.enqueue(request);
  }

  #routeStranded(llm: number): void {
    for (const request of this.#stranded[llm]!.splice(0)) this.#route(request);
  }

  #respond(slot: number): void {
    const request = this.#receive(slot);
    if (request.isGivenUp) return;
    request.endTime = this.#options.simulation.now;
    this.#options.onResponse(request);
  }
}
