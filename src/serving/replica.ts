/**
 * One serving instance of an LLM: runs the batcher's iterations on the event clock. A run of
 * decode iterations in which nothing can change is one event (coalescing); an arrival that the next
 * boundary may admit, or a pause, cuts it there. `isStepwise` makes every iteration an event.
 */

import { OrderClass, type Simulation } from "../engine/simulation.ts";
import type { Batcher } from "./batcher.ts";
import type { Sequence } from "./decode-batch.ts";
import { type IterationCosts, SUBTICKS } from "./iteration-costs.ts";
import { type IterationSpan, SpanRecorder } from "./iteration-span.ts";
import type { KvCache } from "./kv-cache.ts";
import { LostTime } from "./lost-time.ts";
import type { Request } from "./request.ts";
import type { Slowable, Tenancy } from "./tenancy.ts";
import { WorkClock } from "./work-clock.ts";

/** What a replica is made of and whom it tells. */
export interface ReplicaOptions {
  readonly index: number;
  readonly simulation: Simulation;
  readonly batcher: Batcher;
  readonly costs: IterationCosts;
  readonly tenancy: Tenancy;
  /** Most tokens of a request, prompt and output. */
  readonly contextLimit: number;
  /** Ticks until an idle replica begins. */
  readonly wakeTicks: number;
  readonly isStepwise: boolean;
  readonly onFinish: (request: Request) => void;
  /** No request is left. */
  readonly onIdle: () => void;
  /** It has paused, as it was told to. */
  readonly onPause: () => void;
  readonly onSpan: (span: IterationSpan) => void;
}

/** A replica of an LLM. */
export class Replica implements Slowable {
  readonly index: number;
  /** Tokens that the requests sent here still have to compute: prompts until their first token,
   * without what was cached when they came, and outputs until they end. */
  outstandingTokens = 0;

  readonly #options: ReplicaOptions;
  readonly #simulation: Simulation;
  readonly #batcher: Batcher;
  readonly #clock = new WorkClock();
  #state: "idle" | "deciding" | "running" | "paused" = "idle";
  /** Iterations of the run in flight, and the stamp of its end event. */
  #runLength = 0;
  #stamp = 0;
  #slowdown = 1;
  /** Of the batch: the part of an iteration spent on the GPU, and its context at the start. */
  #duty = 0;
  #batchContext = 0;
  readonly #time = new LostTime(this.#clock);
  #mustPause = false;
  #pausedSince = 0;
  readonly #spans: SpanRecorder;

  constructor(options: ReplicaOptions) {
    this.index = options.index;
    this.#options = options;
    this.#simulation = options.simulation;
    this.#batcher = options.batcher;
    this.#spans = new SpanRecorder(options.index, options.onSpan);
  }

  /** Requests waiting or running here. */
  get requestCount(): number {
    return this.#batcher.requestCount;
  }

  /** A request arrives now; one that can never fit fails at once. */
  enqueue(request: Request): void {
    request.arrivalTime = this.#simulation.now;
    const tokens = request.promptTokens + request.outputTokens;
    const { kv } = this.#batcher;
    if (tokens > this.#options.contextLimit || kv.blocksFor(tokens - 1) > kv.totalBlocks) {
      this.#finish(request, "failed");
      return;
    }
    const isUrgent = this.#batcher.enqueue(request);
    if (this.#state === "idle") this.#wake();
    else if (this.#state === "running" && isUrgent) this.#cutRun(this.#simulation.now - 1);
  }

  /** Called by the event loop when the run that carries `stamp` ends. */
  onIterationEnd(stamp: number): void {
    if (stamp !== this.#stamp || this.#state !== "running") return;
    const { now } = this.#simulation;
    this.#clock.completeRun(this.#runLength);
    this.#batcher.advance(this.#runLength);
    const { firstTokens, finished } = this.#batcher;
    for (const sequence of firstTokens) this.#onFirstToken(sequence, now);
    for (const sequence of finished) this.#onSequenceEnd(sequence);
    this.#decideNow();
  }

  /** Called by the event loop when all arrivals of the instant are in. */
  onAdmission(): void {
    if (this.#mustPause) {
      this.#endBatch();
      this.#mustPause = false;
      this.#state = "paused";
      this.#pausedSince = this.#simulation.now;
      this.#options.onPause();
      return;
    }
    const isBusy = this.#batcher.compose();
    if (isBusy && !this.#batcher.hasChanged && this.#spans.isOpen) {
      this.#startRun(this.#beginRun());
      return;
    }
    this.#endBatch();
    if (isBusy) this.#startBatch();
    else {
      this.#state = "idle";
      this.#options.tenancy.setLoad(this.index, undefined, 0);
      this.#options.onIdle();
    }
  }

  /** Stops after the iteration under way, with all its requests; others get its GPUs then. */
  pause(): void {
    this.#mustPause = true;
    if (this.#state === "idle") this.onAdmission();
    else if (this.#state === "running") this.#cutRun(this.#simulation.now);
  }

  /** Goes on where it paused. */
  resume(): void {
    this.#time.addPause(this.#simulation.now - this.#pausedSince);
    this.#state = "idle";
    if (this.requestCount > 0) this.#decideNow();
  }

  /** Another tenant's load changed, or this replica's own. */
  setSlowdown(slowdown: number): void {
    if (slowdown === this.#slowdown) return;
    this.#slowdown = slowdown;
    const { now } = this.#simulation;
    const clock = this.#clock;
    if (this.#state !== "running") {
      this.#spans.changeSlowdown(now, slowdown, clock.iterations);
      clock.changeSlowdownBetweenRuns(now, slowdown);
    } else {
      const completed = clock.completedBy(now, this.#runLength - 1);
      this.#spans.changeSlowdown(now, slowdown, clock.iterations + completed);
      clock.changeSlowdownInRun(now, completed, slowdown);
      this.#scheduleEnd();
    }
  }

  /** Tells the tenancy what the batch in flight asks of the GPU. */
  publishLoad(): void {
    if (this.#state === "idle") return;
    const { costs, tenancy } = this.#options;
    const { chunks, decodes } = this.#batcher;
    tenancy.setLoad(this.index, costs.demand(chunks, decodes, this.#batchContext), this.#duty);
  }

  /** Ticks up to now in which an iteration was under way. */
  busyTicks(): number {
    return this.#time.busy(this.#simulation.now, this.#spans.isOpen);
  }

  /**
   * The KV cache at a delivery, before replicas decide at this instant: right in what is cached,
   * not in what is used.
   */
  kvAtDelivery(): KvCache {
    if (this.#state === "running" && !this.#batcher.mayEvict(this.#runLength)) {
      return this.#batcher.kv;
    }
    return this.#settledKv(this.#simulation.now - 1);
  }

  /** The KV cache as of now, after replicas have decided at this instant. */
  kvAtSample(): KvCache {
    return this.#settledKv(this.#simulation.now);
  }

  /** The KV cache with the blocks of every iteration whose predecessor ended by `time`. */
  #settledKv(time: number): KvCache {
    if (this.#state === "running") {
      const completed = this.#clock.completedBy(time, this.#runLength - 1);
      this.#batcher.settleBlocks(completed + 1);
    }
    return this.#batcher.kv;
  }

  #wake(): void {
    const { wakeTicks } = this.#options;
    if (wakeTicks === 0) {
      this.#decideNow();
      return;
    }
    this.#state = "deciding";
    const simulation = this.#simulation;
    simulation.schedule(simulation.now + wakeTicks, OrderClass.admission, this.index);
  }

  #decideNow(): void {
    this.#state = "deciding";
    const simulation = this.#simulation;
    if (simulation.isLastOfInstant) this.onAdmission();
    else simulation.schedule(simulation.now, OrderClass.admission, this.index);
  }

  #startBatch(): void {
    const { now } = this.#simulation;
    const batcher = this.#batcher;
    const { chunks, batch, started } = batcher;
    const { costs, tenancy } = this.#options;
    const isPrefill = chunks.length > 0;
    const host = isPrefill ? costs.host(batch) : costs.decode(batch, batcher.contextTokens).host;
    const launch = isPrefill ? costs.launch(chunks.length, batcher.decodes) : 0;
    this.#clock.beginBatch(now, host, launch);
    const iterations = this.#beginRun();
    const work = this.#clock.nextWork / SUBTICKS;
    this.#duty = work / (host + Math.max(launch, work));
    this.#batchContext = batcher.contextTokens;
    if (tenancy.isShared(this.index)) this.publishLoad();
    for (const sequence of started) {
      sequence.request.startTime = now;
      sequence.lostBefore = this.#time.beforeBatch;
    }
    let prefillTokens = 0;
    for (const chunk of chunks) prefillTokens += chunk.tokens;
    this.#spans.open(now, this.#clock.slowdown, batcher, prefillTokens);
    this.#startRun(iterations);
  }

  /** Tells the clock what the coming iterations cost; returns for how many that holds. */
  #beginRun(): number {
    const { chunks, decodes, batch, contextTokens } = this.#batcher;
    const { costs } = this.#options;
    if (chunks.length > 0) {
      this.#clock.beginRun(costs.mixed(chunks, decodes, contextTokens), 0, 0, 0);
      return 1;
    }
    const { fixed, perContextToken, contextUntil } = costs.decode(batch, contextTokens);
    this.#clock.beginRun(fixed, perContextToken, contextTokens, batch);
    return 1 + Math.floor((contextUntil - contextTokens) / batch);
  }

  /** Starts the run that the clock knows, of at most `iterations`. */
  #startRun(iterations: number): void {
    const { isStepwise } = this.#options;
    this.#runLength = isStepwise ? 1 : Math.min(iterations, this.#batcher.runLength());
    this.#state = "running";
    this.#scheduleEnd();
  }

  #scheduleEnd(): void {
    this.#stamp = (this.#stamp + 1) >>> 0;
    const end = this.#clock.endOf(this.#runLength);
    this.#simulation.schedule(end, OrderClass.iterationEnd, this.index, this.#stamp);
  }

  /** Ends the run in flight at its first boundary after `time`. */
  #cutRun(time: number): void {
    const length = this.#clock.completedBy(time, this.#runLength - 1) + 1;
    if (length === this.#runLength) return;
    this.#runLength = length;
    this.#scheduleEnd();
  }

  #endBatch(): void {
    if (!this.#spans.isOpen) return;
    const { now } = this.#simulation;
    this.#spans.close(now, this.#clock.iterations);
    this.#time.endBatch(now);
  }

  #onFirstToken(sequence: Sequence, now: number): void {
    const { request } = sequence;
    const lost = this.#time.lost(now);
    request.firstTokenTime = now;
    this.outstandingTokens -= request.routedTokens - request.outputTokens;
    request.lostInPrefill = lost - sequence.lostBefore;
    sequence.lostBefore = lost;
  }

  #onSequenceEnd(sequence: Sequence): void {
    const { request } = sequence;
    request.lostInDecode = this.#time.lost(this.#simulation.now) - sequence.lostBefore;
    this.#finish(request, "completed");
  }

  #finish(request: Request, status: "completed" | "failed"): void {
    request.finishTime = this.#simulation.now;
    this.outstandingTokens -=
      request.firstTokenTime < 0 ? request.routedTokens : request.outputTokens;
    request.status = status;
    this.#options.onFinish(request);
  }
}
