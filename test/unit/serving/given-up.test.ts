/** Calls that their clients give up: when the replica goes on without them, and what they leave. */

import { describe, expect, test } from "vitest";
import { hopTicks, MS, ServiceBench, type ServiceSetup } from "./replicas.ts";
import { callOf, turnOf } from "./requests.ts";

/** A service whose first call, of 100 tokens to 20, is given up so many ticks after it was sent. */
function given(after: number, setup: ServiceSetup = {}) {
  const bench = new ServiceBench(setup);
  bench.sendAt(0, callOf(100, 20));
  const giveUp = () => {
    bench.run(after);
    bench.service.giveUp(bench.requests[0]!, "cancelled");
    return bench.requests[0]!;
  };
  return { bench, giveUp };
}

const arrival = hopTicks(100);
const told = hopTicks(0);

describe("a call that is given up", () => {
  test("while it decodes leaves at the next boundary, and gets no response", () => {
    const { bench, giveUp } = given(arrival + 22 * MS);
    const request = giveUp();
    expect(request).toMatchObject({
      status: "cancelled",
      isGivenUp: true,
      endTime: arrival + 22 * MS,
      // A first token after 5 ms, then one every 5 ms.
      receivedTokens: 4,
    });
    bench.run();
    expect(request.finishTime).toBe(arrival + 25 * MS);
    expect(request.status).toBe("cancelled");
    expect(bench.responses).toEqual([]);
    expect(bench.outstandingTokens()).toEqual([0]);
    expect(bench.service.replicas[0]!.replica.kvAtSample().used).toBe(0);
  });

  test("at a boundary leaves as soon as the replica knows", () => {
    const { bench, giveUp } = given(arrival + 20 * MS - told);
    giveUp();
    const [request] = bench.run();
    expect(request!.finishTime).toBe(arrival + 20 * MS);
  });

  test("in its prefill leaves after the chunk under way", () => {
    const { bench, giveUp } = given(arrival + 2 * MS);
    const request = giveUp();
    bench.run();
    expect(request).toMatchObject({ receivedTokens: 0, finishTime: arrival + 5 * MS });
  });

  test("while it waits lets the next one take its place", () => {
    const { bench, giveUp } = given(0, { engine: { maxNumSeqs: 1 } });
    bench.sendAt(0, callOf(100, 4));
    bench.sendAt(1, callOf(100, 4));
    bench.run(arrival + 2 * MS);
    bench.service.giveUp(bench.requests[1]!, "cancelled");
    giveUp();
    const [, second, third] = bench.run();
    expect(second).toMatchObject({ startTime: -1, receivedTokens: 0 });
    expect(third!.startTime).toBe(arrival + 5 * MS);
    expect(bench.responses).toEqual([third]);
  });

  test("on its way never starts", () => {
    const { bench, giveUp } = given(1, { engine: { requestOverhead: 1e-3 } });
    const request = giveUp();
    bench.run();
    expect(request).toMatchObject({ arrivalTime: -1, startTime: -1, finishTime: 1 + told });
    expect(bench.spans).toEqual([]);
  });

  test("when its response is under way got all its tokens", () => {
    const end = arrival + 5 * MS * 20;
    const { bench, giveUp } = given(end + 1);
    const request = giveUp();
    bench.run();
    expect(request).toMatchObject({ receivedTokens: 20, finishTime: end, endTime: end + 1 });
    expect(bench.responses).toEqual([]);
  });

  test("leaves what it computed in the prefix cache", () => {
    const bench = new ServiceBench({ engine: { hasPrefixCache: true } });
    bench.sendAt(0, turnOf(1, 320, 20));
    bench.run(hopTicks(320) + 2 * MS);
    bench.service.giveUp(bench.requests[0]!, "cancelled");
    bench.sendAt(100 * MS, turnOf(1, 400, 5));
    const [, next] = bench.run();
    expect(next!.cachedTokens).toBe(320);
  });
});
