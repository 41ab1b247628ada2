/**
 * The oracle: coalescing decode iterations into one event may change nothing but the number of
 * events. Both modes simulate the same random worlds, and everything that can be seen is compared.
 */

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { KvCache } from "../../../src/serving/kv-cache.ts";
import { Replica } from "../../../src/serving/replica.ts";
import { ReplicaPool } from "../../../src/serving/replica-pool.ts";
import type { Context, Request } from "../../../src/serving/request.ts";
import { WorkClock } from "../../../src/serving/work-clock.ts";
import {
  FIRST_SYSTEM_PROMPT,
  type RunTranscript,
  requestsOf,
  runWorld,
  type World,
  worldArbitrary,
} from "./random-runs.ts";

const RUNS = 500;

/** What the worlds must have met for the comparison to mean something. */
const met = {
  spans: 0,
  samples: 0,
  calls: 0,
  failed: 0,
  unfinished: 0,
  preemptions: 0,
  prefixHits: 0,
  evictions: 0,
  slowdownsInRuns: 0,
  slowdownsAfterManyIterations: 0,
  /** Iterations that end with their launches, and with their work later, and slowdowns in both. */
  launchesLonger: 0,
  launchesShorter: 0,
  slowdownsInLaunches: 0,
  routedApart: 0,
  admittedAtBoundary: 0,
  eventsSaved: 0,
  staticBatches: 0,
  reservedPrompts: 0,
  /** Requests that started before one that had come earlier. */
  overtakings: 0,
  /** Worlds that end otherwise without a watermark. */
  watermarks: 0,
  /** Prefixes found that a running request holds too, that a preempted one left itself, that come
   * from a system prompt, and from a conversation that was branched off. */
  hitsBesideOthers: 0,
  hitsAfterPreemption: 0,
  hitsOfSystemPrompts: 0,
  hitsOfBranches: 0,
  /** Changes of the decode cost while a batch stays the same. */
  segmentEnds: 0,
  load: 0,
  drain: 0,
  scale: 0,
  swap: 0,
  activate: 0,
  /** Pauses within a run of many iterations, and of replicas with requests. */
  pausesInRuns: 0,
  pausesWithRequests: 0,
  refused: 0,
  stranded: 0,
  /** Calls given up, of these before they started, while they got tokens, and within a run. */
  givenUp: 0,
  givenUpBefore: 0,
  givenUpMidway: 0,
  withdrawalsInRuns: 0,
  /** What runs did not notice, as it had ended by then. */
  givenUpTooLate: 0,
};

/** By clock: when the launches of the iteration under way end, if it has any. */
const floors = new WeakMap<WorkClock, number>();

afterEach(() => vi.restoreAllMocks());

describe("stepwise and coalesced simulations", () => {
  test("agree in everything but the number of events", () => {
    countEvictions();
    countSlowdowns();
    countLaunches();
    countChanges();
    countPauses();
    countHits();
    countSegments();
    const property = fc.property(worldArbitrary, (world) => {
      const { events: coalescedEvents, ...coalesced } = runWorld(
        world,
        false,
        undefined,
        (view) => {
          for (const calls of view.stranded) met.stranded += calls;
        },
      );
      const { events: stepwiseEvents, ...stepwise } = runWorld(world, true);
      if (JSON.stringify(coalesced) !== JSON.stringify(stepwise)) {
        expect(coalesced).toEqual(stepwise);
        expect.unreachable("equal values with unequal JSON");
      }
      count(coalesced);
      countPolicies(world, coalesced);
      if (met.watermarks <= RUNS / 20) countWatermark(world, coalesced);
      met.eventsSaved += stepwiseEvents - coalescedEvents;
    });
    fc.assert(property, { seed: 20, numRuns: RUNS });
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(RUNS / 20);
  }, 300_000);
});

function count(run: RunTranscript): void {
  const requests = requestsOf(run);
  met.spans += run.spans.length;
  met.samples += run.samples.length;
  met.calls += requests.length;
  met.unfinished += run.executions.filter(({ status }) => status === "unfinished").length;
  const replicasOfLlm = new Map<number, Set<number>>();
  for (const request of requests) {
    const { status, preemptions, cachedTokens, llm, replica, startTime, arrivalTime } = request;
    if (request.isGivenUp) countGivenUp(request);
    if (status === "failed") met.failed++;
    if (cachedTokens > 0) met.prefixHits++;
    met.preemptions += preemptions;
    if (replica < 0) continue;
    replicasOfLlm.set(llm, (replicasOfLlm.get(llm) ?? new Set()).add(replica));
    const isBoundary = run.spans.some(
      (span) => span.replica === replica && span.iterations > 1 && span.endTime === startTime,
    );
    if (isBoundary && startTime === arrivalTime) met.admittedAtBoundary++;
  }
  for (const replicas of replicasOfLlm.values()) if (replicas.size > 1) met.routedApart++;
}

function countGivenUp({ startTime, finishTime, endTime, ...request }: Request): void {
  const { receivedTokens, outputTokens } = request;
  met.givenUp++;
  if (startTime < 0 || startTime > endTime) met.givenUpBefore++;
  if (receivedTokens > 0 && receivedTokens < outputTokens) met.givenUpMidway++;
  if (finishTime >= 0 && finishTime <= endTime) met.givenUpTooLate++;
}

function countPolicies({ llms }: World, run: RunTranscript): void {
  const requests = requestsOf(run).filter(({ startTime }) => startTime >= 0);
  for (const { llm, promptTokens, cachedTokens } of requests) {
    const { policy, maxNumBatchedTokens } = llms[llm]!;
    const isChunked = promptTokens - cachedTokens > maxNumBatchedTokens;
    if (policy === "sarathi" && isChunked) met.reservedPrompts++;
  }
  const staticReplicas = new Set(
    requests.filter(({ llm }) => llms[llm]!.policy === "fcfs-static").map(({ replica }) => replica),
  );
  for (const { replica, phase, batch } of run.spans) {
    if (staticReplicas.has(replica) && phase === "prefill" && batch > 1) met.staticBatches++;
  }
  for (const { replica, priority, arrivalTime, startTime } of requests) {
    const isOvertaken = requests.some(
      (other) =>
        other.replica === replica &&
        other.priority < priority &&
        other.arrivalTime > arrivalTime &&
        other.startTime < startTime,
    );
    if (isOvertaken) met.overtakings++;
  }
}

function countWatermark(world: World, run: RunTranscript): void {
  if (world.llms.every(({ watermark }) => watermark === 0)) return;
  const llms = world.llms.map((llm) => ({ ...llm, watermark: 0 }));
  const { spans } = runWorld({ ...world, llms }, false);
  if (JSON.stringify(spans) !== JSON.stringify(run.spans)) met.watermarks++;
}

/** Sees an eviction as cached blocks that get fewer while a request takes blocks. */
function countEvictions(): void {
  const conversations = Array.from({ length: 16 }, (_, index) => index);
  const cached = (kv: KvCache) =>
    conversations.reduce((sum, conversation) => sum + kv.cachedBlocks({ conversation }), 0);
  const { take } = KvCache.prototype;
  vi.spyOn(KvCache.prototype, "take").mockImplementation(function (this: KvCache, blocks) {
    const before = cached(this);
    take.call(this, blocks);
    if (cached(this) < before) met.evictions++;
  });
}

function countHits(): void {
  const { hold } = KvCache.prototype;
  vi.spyOn(KvCache.prototype, "hold").mockImplementation(function (
    this: KvCache,
    context: Context,
    count,
  ) {
    if (this.idleBlocks(context, count) < count) met.hitsBesideOthers++;
    if ((context as Request).preemptions > 0) met.hitsAfterPreemption++;
    const { origin } = context;
    if (origin !== undefined) {
      const isSystemPrompt = origin.conversation >= FIRST_SYSTEM_PROMPT;
      met[isSystemPrompt ? "hitsOfSystemPrompts" : "hitsOfBranches"]++;
    }
    hold.call(this, context, count);
  });
}

function countSegments(): void {
  const { beginRun } = WorkClock.prototype;
  const costs = new WeakMap<WorkClock, string>();
  vi.spyOn(WorkClock.prototype, "beginRun").mockImplementation(function (this: WorkClock, ...run) {
    const [fixed, perContextToken, , batch] = run;
    if (batch > 0) {
      const cost = `${fixed} ${perContextToken}`;
      if (this.iterations > 0 && costs.get(this) !== cost) met.segmentEnds++;
      costs.set(this, cost);
    }
    beginRun.apply(this, run);
  });
}

function countLaunches(): void {
  const { beginBatch, completeRun } = WorkClock.prototype;
  vi.spyOn(WorkClock.prototype, "beginBatch").mockImplementation(function (
    this: WorkClock,
    now,
    host,
    launch = 0,
  ) {
    floors.delete(this);
    if (launch > 0) floors.set(this, now + host + launch);
    beginBatch.call(this, now, host, launch);
  });
  vi.spyOn(WorkClock.prototype, "completeRun").mockImplementation(function (this: WorkClock, k) {
    const floor = floors.get(this);
    if (floor !== undefined) {
      met[this.endOf(1) === floor ? "launchesLonger" : "launchesShorter"]++;
    }
    completeRun.call(this, k);
  });
}

function countChanges(): void {
  const { apply } = ReplicaPool.prototype;
  vi.spyOn(ReplicaPool.prototype, "apply").mockImplementation(function (this: ReplicaPool, change) {
    const isPossible = apply.call(this, change);
    met[isPossible ? change.kind : "refused"]++;
    return isPossible;
  });
}

/** Pauses and withdrawals that cut a run at a boundary after its first. */
function countPauses(): void {
  const { pause, withdraw } = Replica.prototype;
  const { completedBy } = WorkClock.prototype;
  let isPausing = false;
  let isWithdrawing = false;
  vi.spyOn(Replica.prototype, "withdraw").mockImplementation(function (this: Replica, request) {
    isWithdrawing = true;
    withdraw.call(this, request);
    isWithdrawing = false;
  });
  vi.spyOn(Replica.prototype, "pause").mockImplementation(function (this: Replica) {
    if (this.requestCount > 0) met.pausesWithRequests++;
    isPausing = true;
    pause.call(this);
    isPausing = false;
  });
  vi.spyOn(WorkClock.prototype, "completedBy").mockImplementation(function (
    this: WorkClock,
    now,
    limit,
  ) {
    const completed = completedBy.call(this, now, limit);
    if (isPausing && completed > 0) met.pausesInRuns++;
    if (isWithdrawing && completed > 0) met.withdrawalsInRuns++;
    return completed;
  });
}

function countSlowdowns(): void {
  const { changeSlowdownInRun } = WorkClock.prototype;
  vi.spyOn(WorkClock.prototype, "changeSlowdownInRun").mockImplementation(function (
    this: WorkClock,
    ...change
  ) {
    met.slowdownsInRuns++;
    if (floors.has(this)) met.slowdownsInLaunches++;
    if (change[1] > 0) met.slowdownsAfterManyIterations++;
    changeSlowdownInRun.apply(this, change);
  });
}
