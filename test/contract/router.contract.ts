/**
 * What holds of every router, whatever it prefers.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RouterName } from "../../src/deployment/plan.ts";
import type { Request } from "../../src/serving/request.ts";
import { createRouter } from "../../src/serving/routers/by-name.ts";
import type { RoutableReplica, Router } from "../../src/serving/routers/router.ts";
import {
  type RunTranscript,
  requestsOf,
  runWorld,
  type World,
} from "../unit/serving/random-runs.ts";
import { hopTicks, MS, ServiceBench } from "../unit/serving/replicas.ts";
import { callOf, requestOf, turnOf } from "../unit/serving/requests.ts";
import { BLOCK_SIZE, replicaOf } from "../unit/serving/routers/routable-replicas.ts";

/** A call, and the replicas that accept it. */
interface Delivery {
  readonly replicas: readonly RoutableReplica[];
  readonly request: Request;
}

const conversationArbitrary = fc.integer({ min: -1, max: 3 });

const replicaArbitrary = fc
  .record({
    index: fc.nat({ max: 9 }),
    outstanding: fc.nat({ max: 50_000 }),
    cached: fc.dictionary(fc.constantFrom("0", "1", "2", "3"), fc.integer({ min: 1, max: 99 })),
  })
  .map(({ index, outstanding, cached }) => replicaOf(index, outstanding, cached));

/** Deliveries whose replicas come and go. */
const historyArbitrary: fc.Arbitrary<Delivery[]> = fc.array(
  fc.record({
    replicas: fc
      .uniqueArray(replicaArbitrary, { minLength: 1, maxLength: 6, selector: ({ index }) => index })
      .map((replicas) => replicas.sort((a, b) => a.index - b.index)),
    request: fc
      .tuple(conversationArbitrary, fc.integer({ min: 1, max: 2000 }), fc.nat({ max: 999 }))
      .map(([conversation, prompt, entity]) => requestOf(turnOf(conversation, prompt, 10), entity)),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Runs the suite on the router of this name. */
export function describeRouter(name: RouterName): void {
  const create = (): Router =>
    createRouter(name, { llm: "only", seed: 1, sessionOf: (entity) => entity });

  describe(`${name}: a call`, () => {
    test("goes to one of the replicas that are there, with the tokens these lack", () => {
      fc.assert(
        fc.property(historyArbitrary, (history) => {
          const router = create();
          for (const { replicas, request } of history) {
            const { replica, tokens } = router.choose(replicas, request);
            expect(replicas).toContain(replica);
            expect(tokens).toBe(tokensOf(replica, request));
          }
        }),
      );
    });

    test("goes the same way when everything before was the same", () => {
      fc.assert(
        fc.property(historyArbitrary, (history) => {
          const [first, second] = [create(), create()].map((router) =>
            history.map(({ replicas, request }) => router.choose(replicas, request).replica.index),
          );
          expect(first).toEqual(second);
        }),
      );
    });

    test("changes neither the request nor the replicas", () => {
      fc.assert(
        fc.property(historyArbitrary, (history) => {
          const router = create();
          const seen = () =>
            history.map(({ replicas, request }) => [
              { ...request },
              replicas.map(({ index, outstandingTokens }) => [index, outstandingTokens]),
            ]);
          const before = seen();
          for (const { replicas, request } of history) router.choose(replicas, request);
          expect(seen()).toEqual(before);
        }),
      );
    });

    test("finds the only replica left, and the first that joins after it", () => {
      const router = create();
      for (const indices of [[0, 1, 2], [1], [7], [7, 8]]) {
        const replicas = indices.map((index) => replicaOf(index));
        for (let entity = 0; entity < 20; entity++) {
          const { replica } = router.choose(replicas, requestOf(callOf(10, 10), entity));
          expect(indices).toContain(replica.index);
        }
      }
    });
  });

  test(`${name}: outstanding tokens are those sent, and none when all calls ended`, () => {
    const bench = new ServiceBench({ replicas: 3, router: name, kvBlocks: 40 });
    for (let call = 0; call < 60; call++) {
      const time = 7 * call * MS;
      // Every twentieth call is too long for any replica; the KV cache holds a few of the others.
      if (call % 20 === 19) bench.sendAt(time, callOf(700, 10));
      else if (call % 2 === 0) bench.sendAt(time, callOf(100 + call, 30));
      else bench.sendAt(time, turnOf(call % 6, 5 * call + 20, 30));
    }
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    bench.run(hopTicks(100) + 1);
    expect(sum(bench.outstandingTokens())).toBe(bench.requests[0]!.routedTokens);
    const requests = bench.run();
    expect(bench.responses).toHaveLength(60);
    expect(requests.filter(({ status }) => status === "failed")).toHaveLength(3);
    expect(sum(requests.map(({ preemptions }) => preemptions))).toBeGreaterThan(0);
    expect(bench.outstandingTokens()).toEqual([0, 0, 0]);
  });

  test.each([true, false])(`${name}: stepwise and coalesced runs agree (on a grid: %s)`, (grid) => {
    const world = fanOutWorld(name, grid);
    const { events: coalescedEvents, ...coalesced } = runWorld(world, false);
    const { events: stepwiseEvents, ...stepwise } = runWorld(world, true);
    expect(coalesced).toEqual(stepwise);
    expect(coalescedEvents).toBeLessThan(stepwiseEvents);
    expect(replicasUsed(coalesced)).toEqual(new Set([0, 1, 2]));
    expect(requestsOf(coalesced).some(({ cachedTokens }) => cachedTokens > 0)).toBe(true);
  });
}

function tokensOf(replica: RoutableReplica, request: Request): number {
  const { promptTokens, outputTokens } = request;
  const cached = replica.kvAtDelivery().cachedBlocks(request) * BLOCK_SIZE;
  return Math.max(1, promptTokens - cached) + outputTokens;
}

function replicasUsed(run: RunTranscript): Set<number> {
  return new Set(requestsOf(run).map(({ replica }) => replica));
}

/** Executions that call once, then three times at once, join, and call twice more. */
function fanOutWorld(router: RouterName, isOnGrid: boolean): World {
  const call = (predecessors: number, conversation: number, position: number) => ({
    kind: "call" as const,
    predecessors,
    llm: 0,
    added: 5 + 3 * position,
    outputTokens: 4 + 5 * position,
    conversation,
    appends: true,
    priority: 0,
    duration: 0,
    timeout: 0,
    isVital: false,
    needs: 0,
  });
  const steps = [
    call(0, 0, 0),
    call(1, 0, 1),
    call(2, 1, 2),
    call(4, -1, 1),
    { ...call(7, -1, 0), kind: "join" as const },
    call(1, 0, 1),
    call(1, 1, 0),
  ];
  return {
    gpuCount: 3,
    turnTp: 0,
    isOnGrid,
    llms: [
      {
        policy: "vllm",
        maxNumSeqs: 4,
        maxNumBatchedTokens: 24,
        blockSize: 4,
        kvTokens: 128,
        hasPrefixCache: true,
        watermark: 0,
        launchUnits: { fixed: 0, perChunk: 0, ofDecodes: 0 },
        hostUnits: 1,
        contextStep: 0,
        router,
        instances: [0, 1, 2].map((gpu) => ({ gpu, tp: 1, weight: 1 })),
      },
    ],
    executions: Array.from({ length: 12 }, () => steps),
    arrivals: { kind: "open", seed: 3, gap: 10, drain: 10_000 },
    systemTokens: 0,
    isBranching: false,
    sampleInterval: 3,
    changes: { interval: 5, decisions: [] },
  };
}
