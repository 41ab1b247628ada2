import { describe, expect, test } from "vitest";
import type { RouterName } from "../../../../src/deployment/plan.ts";
import { createPrefixAffinity, MAX_LEAD } from "../../../../src/serving/routers/prefix-affinity.ts";
import { MS, ServiceBench } from "../replicas.ts";
import { callOf, requestOf, turnOf } from "../requests.ts";
import { BLOCK_SIZE, replicaOf } from "./routable-replicas.ts";

const router = createPrefixAffinity();
const turn = requestOf(turnOf(7, 1000, 10));

describe("a turn", () => {
  test("goes to the longest cached prefix, not to the least loaded replica", () => {
    const replicas = [
      replicaOf(0, 0),
      replicaOf(1, 5000, { 7: 20 }),
      replicaOf(2, 9000, { 7: 30 }),
    ];
    const { replica, tokens } = router.choose(replicas, turn);
    expect(replica.index).toBe(2);
    expect(tokens).toBe(1000 - 30 * BLOCK_SIZE + 10);
  });

  test("leaves a replica that is further behind than the bound", () => {
    const at = (outstanding: number) =>
      router.choose([replicaOf(0, 100), replicaOf(1, outstanding, { 7: 20 })], turn).replica.index;
    expect(at(100 + MAX_LEAD)).toBe(1);
    expect(at(100 + MAX_LEAD + 1)).toBe(0);
  });

  test("then goes to the next longest prefix within the bound", () => {
    const replicas = [
      replicaOf(0, 100),
      replicaOf(1, 200 + MAX_LEAD, { 7: 30 }),
      replicaOf(2, 5000, { 7: 2 }),
    ];
    expect(router.choose(replicas, turn).replica.index).toBe(2);
  });

  test("goes by load among equal prefixes, and by index among equal loads", () => {
    const cached = { 7: 5 };
    const choose = (...loads: number[]) =>
      router.choose(
        loads.map((load, index) => replicaOf(index, load, cached)),
        turn,
      ).replica.index;
    expect(choose(300, 200, 400)).toBe(1);
    expect(choose(300, 200, 200)).toBe(1);
  });

  test("counts no more of a prefix than the prompt is long", () => {
    const short = requestOf(turnOf(7, 50, 10));
    const replicas = [replicaOf(0, 50, { 7: 30 }), replicaOf(1, 40, { 7: 10 })];
    expect(router.choose(replicas, short)).toMatchObject({ replica: { index: 1 }, tokens: 11 });
  });
});

test("a call without a conversation goes to the fewest outstanding tokens", () => {
  const replicas = [replicaOf(0, 300, { 7: 20 }), replicaOf(1, 299), replicaOf(2, 299)];
  const { replica, tokens } = router.choose(replicas, requestOf(callOf(100, 10)));
  expect([replica.index, tokens]).toEqual([1, 110]);
});

/** How many turns of two conversations find all blocks of the last turn, amid other calls. */
function fullHits(router: RouterName): number {
  const bench = new ServiceBench({ replicas: 2, router });
  for (let position = 0; position < 10; position++) {
    const time = 1000 * position * MS;
    bench.sendAt(time, turnOf(7, 200 * (position + 1), 16));
    bench.sendAt(time + 100 * MS, turnOf(8, 200 * (position + 1), 16));
    bench.sendAt(time + 150 * MS, callOf(300, 5));
  }
  // The last token of a turn is never computed.
  const blocksOfLast = (prompt: number) => Math.floor((prompt - 200 + 15) / BLOCK_SIZE);
  return bench
    .run()
    .filter(({ conversation, promptTokens }) => conversation >= 0 && promptTokens > 200)
    .filter((turn) => turn.cachedTokens === blocksOfLast(turn.promptTokens) * BLOCK_SIZE).length;
}

test("every turn but the first finds its whole context", () => {
  expect(fullHits("prefix-affinity")).toBe(18);
  expect(fullHits("session-affinity")).toBe(18);
  expect(fullHits("round-robin")).toBe(0);
});
