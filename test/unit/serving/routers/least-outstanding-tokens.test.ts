import { describe, expect, test } from "vitest";
import { hopTicks, MS, ServiceBench } from "../replicas.ts";
import { callOf, turnOf } from "../requests.ts";

const replicasOf = (bench: ServiceBench) => bench.run().map(({ replica }) => replica);

describe("a call", () => {
  test("goes to the first replica when all are equal", () => {
    const bench = new ServiceBench({ replicas: 3 });
    bench.sendAt(0, callOf(100, 10));
    expect(replicasOf(bench)).toEqual([0]);
  });

  test("goes to the replica with the fewest outstanding tokens", () => {
    const bench = new ServiceBench({ replicas: 3 });
    for (const tokens of [100, 50, 20, 20, 20]) bench.sendAt(0, callOf(tokens, 10));
    // They arrive as they were sent; outputs count as well.
    expect(replicasOf(bench)).toEqual([0, 1, 2, 2, 1]);
  });

  test("counts a prompt no longer once its first token is there", () => {
    const bench = new ServiceBench({ replicas: 2 });
    bench.sendAt(0, callOf(1000, 10));
    bench.sendAt(0, callOf(1000, 12));
    bench.sendAt(8 * MS, callOf(100, 50));
    bench.sendAt(9 * MS, callOf(10, 10));
    expect(replicasOf(bench)).toEqual([0, 1, 0, 1]);
  });
});

describe("a turn of a conversation", () => {
  /** The first turn of conversation 7 ends on replica 1, as replica 0 is busy with 500 tokens. */
  function benchWithFirstTurn(): ServiceBench {
    const bench = new ServiceBench({ replicas: 2 });
    bench.sendAt(0, callOf(100, 400));
    bench.sendAt(MS, turnOf(7, 320, 16));
    return bench;
  }

  test("goes to the replica that holds its context, and computes the rest only", () => {
    const bench = benchWithFirstTurn();
    bench.sendAt(150 * MS, turnOf(7, 400, 10));
    const [, first, second] = bench.run();
    expect([first!.replica, second!.replica]).toEqual([1, 1]);
    // 335 tokens were left, of which 20 blocks are full.
    expect(second).toMatchObject({ routedTokens: 80 + 10, cachedTokens: 320 });
  });

  test("goes there although another replica is idle", () => {
    const bench = benchWithFirstTurn();
    const idle = 100 * 1000 * MS;
    bench.sendAt(idle, turnOf(7, 400, 10));
    expect(bench.run()[2]).toMatchObject({ replica: 1, cachedTokens: 320 });
  });

  test("leaves it when that one is further behind than its context is long", () => {
    const bench = benchWithFirstTurn();
    const idle = 100 * 1000 * MS;
    // To the replicas in turn; the last but one makes replica 1 the busier by 1000.
    bench.sendAt(idle, callOf(3000, 10));
    bench.sendAt(idle + hopTicks(3000), callOf(3000, 1010));
    bench.sendAt(idle + MS, turnOf(7, 400, 10));
    expect(bench.run()[4]).toMatchObject({ replica: 0, cachedTokens: 0, routedTokens: 410 });
  });

  test("has at least one token to compute", () => {
    const bench = benchWithFirstTurn();
    bench.sendAt(150 * MS, turnOf(7, 320, 1));
    expect(bench.run()[2]).toMatchObject({ replica: 1, routedTokens: 2, cachedTokens: 304 });
  });
});
