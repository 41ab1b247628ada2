/** Timelines of a few requests, computed by hand from the constant costs of `replicas.ts`. */

import { describe, expect, test } from "vitest";
import { slowdownUnder } from "../../../src/hardware/interference.ts";
import { MAX_STEPS, stepEntity } from "../../../src/workflow/drawn-execution.ts";
import { testDemand, testGpu } from "../fixtures.ts";
import { hopTicks, MS, ServiceBench } from "./replicas.ts";
import { callOf, turnOf } from "./requests.ts";

describe("a call", () => {
  test("goes over the network, is prefilled, decoded, and comes back", () => {
    const bench = new ServiceBench();
    bench.sendAt(7, callOf(1000, 3));
    const [request] = bench.run();
    const arrival = 7 + hopTicks(1000);
    expect(request).toMatchObject({
      status: "completed",
      replica: 0,
      submitTime: 7,
      arrivalTime: arrival,
      startTime: arrival,
      firstTokenTime: arrival + 5 * MS,
      finishTime: arrival + 15 * MS,
      endTime: arrival + 15 * MS + hopTicks(3),
      lostInPrefill: 0,
      lostInDecode: 0,
      preemptions: 0,
      cachedTokens: 0,
    });
    expect(bench.responses).toEqual([request]);
    expect(bench.outstandingTokens()).toEqual([0]);
  });

  test("of one token ends with its first token", () => {
    const bench = new ServiceBench();
    bench.sendAt(0, callOf(10, 1));
    const [request] = bench.run();
    expect(request!.finishTime).toBe(request!.firstTokenTime);
  });

  test("waits for the overheads of its engine, and for an idle one to wake", () => {
    const engine = { requestOverhead: 2e-3, responseOverhead: 3e-3, wakeTime: 1e-3 };
    const bench = new ServiceBench({ engine });
    bench.sendAt(0, callOf(100, 1));
    const [request] = bench.run();
    const arrivalTime = 2 * MS + hopTicks(100);
    expect(request).toMatchObject({ arrivalTime, startTime: arrivalTime + MS });
    expect(request!.endTime).toBe(request!.finishTime + 3 * MS + hopTicks(1));
  });

  test("joins the first iteration when it comes before an idle replica has woken", () => {
    const starts = [0, 1e-3].map((wakeTime) => {
      const bench = new ServiceBench({ engine: { wakeTime } });
      for (const time of [0, MS / 2]) bench.sendAt(time, callOf(100, 1));
      return bench.run().map(({ startTime }) => startTime - hopTicks(100));
    });
    expect(starts).toEqual([
      [0, 5 * MS],
      [MS, MS],
    ]);
  });

  test("arrives after what was sent before it at the same instant, however short it is", () => {
    const bench = new ServiceBench();
    for (const tokens of [5000, 10]) bench.sendAt(0, callOf(tokens, 1));
    bench.sendAt(1, callOf(10, 1));
    const arrivals = bench.run().map(({ arrivalTime }) => arrivalTime);
    expect(arrivals).toEqual([hopTicks(5000), hopTicks(5000), 1 + hopTicks(10)]);
  });

  test("that is held up is held up for its own instant only, and served in the order sent", () => {
    const bench = new ServiceBench({ engine: { maxNumSeqs: 1 } });
    const sizes = [10, 3000, 500, 4000, 1];
    for (const tokens of sizes) bench.sendAt(0, callOf(tokens, 1));
    const requests = bench.run();
    const longest = [10, 3000, 3000, 4000, 4000];
    expect(requests.map(({ arrivalTime }) => arrivalTime)).toEqual(longest.map(hopTicks));
    const starts = requests.map(({ startTime }) => startTime);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(new Set(starts).size).toBe(sizes.length);
  });

  test("wakes its replica whenever that is idle, and only then", () => {
    const bench = new ServiceBench({ engine: { wakeTime: 1e-3 } });
    const times = [0, 8 * MS, 100 * MS];
    for (const time of times) bench.sendAt(time, callOf(100, 4));
    const [first, second, third] = bench.run();
    expect(first!.startTime).toBe(first!.arrivalTime + MS);
    // It is decoding: the second joins at its next boundary, the third finds it idle again.
    expect(second!.startTime).toBe(first!.startTime + 10 * MS);
    expect(third!.startTime).toBe(third!.arrivalTime + MS);
    expect(bench.service.replicas[0]!.replica.busyTicks()).toBe(50 * MS);
  });

  test("waits for the next boundary when it comes as soon as a replica has woken", () => {
    const starts = [MS, MS + 1].map((late) => {
      const bench = new ServiceBench({ engine: { wakeTime: 1e-3 } });
      for (const time of [0, late]) bench.sendAt(time, callOf(100, 1));
      return bench.run().map(({ startTime }) => startTime - hopTicks(100));
    });
    expect(starts).toEqual([
      [MS, MS],
      [MS, 6 * MS],
    ]);
  });

  test("counts the waking of its replica as waiting, and no overhead in its prefill", () => {
    const plain = new ServiceBench();
    const engine = { requestOverhead: 2e-3, responseOverhead: 3e-3, wakeTime: 1e-3 };
    const slow = new ServiceBench({ engine });
    const [fast, late] = [plain, slow].map((bench) => {
      bench.sendAt(0, callOf(100, 3));
      return bench.run()[0]!;
    });
    expect(late!.firstTokenTime - late!.startTime).toBe(fast!.firstTokenTime - fast!.startTime);
    expect(late!.firstTokenTime - fast!.firstTokenTime).toBe(3 * MS);
    expect(late!.endTime - fast!.endTime).toBe(6 * MS);
    expect(slow.outstandingTokens()).toEqual([0]);
  });

  test.each([false, true])(
    "that fails waits for overheads, for no waking (stepwise: %s)",
    (step) => {
      const engine = { requestOverhead: 2e-3, responseOverhead: 3e-3, wakeTime: 1e-3 };
      const bench = new ServiceBench({ engine, kvBlocks: 2, isStepwise: step });
      bench.sendAt(0, callOf(100, 1));
      const [request] = bench.run();
      const arrivalTime = 2 * MS + hopTicks(100);
      expect(request).toMatchObject({ status: "failed", arrivalTime, finishTime: arrivalTime });
      expect(request!.endTime).toBe(arrivalTime + 3 * MS + hopTicks(1));
    },
  );

  test("is prefilled in chunks when it exceeds the token budget", () => {
    const bench = new ServiceBench({ engine: { maxNumBatchedTokens: 400 } });
    bench.sendAt(0, callOf(1000, 1));
    const [request] = bench.run();
    expect(request!.firstTokenTime - request!.startTime).toBe(15 * MS);
  });

  test("fails at once when the KV cache could never hold it", () => {
    const bench = new ServiceBench({ kvBlocks: 10 });
    // The last token generated needs no place: 160 of 161 tokens do.
    bench.sendAt(0, callOf(100, 61));
    bench.sendAt(0, callOf(100, 62));
    const [fitting, tooLong] = bench.run();
    expect(fitting!.status).toBe("completed");
    expect(tooLong).toMatchObject({
      status: "failed",
      finishTime: hopTicks(100),
      endTime: hopTicks(100) + hopTicks(62),
      startTime: -1,
      firstTokenTime: -1,
    });
    expect(bench.outstandingTokens()).toEqual([0]);
  });

  test("fails at once when it exceeds the context limit of the model", () => {
    const bench = new ServiceBench({ kvBlocks: 10_000 });
    bench.sendAt(0, callOf(131_072, 1));
    bench.sendAt(0, callOf(131_071, 1));
    expect(bench.run().map(({ status }) => status)).toEqual(["failed", "completed"]);
  });
});

describe("a second call", () => {
  test("joins at the first boundary after it comes", () => {
    const bench = new ServiceBench();
    bench.sendAt(0, callOf(1000, 20));
    bench.sendAt(22 * MS, callOf(1000, 1));
    const [first, second] = bench.run();
    const start = first!.startTime;
    expect(second!.startTime).toBe(start + 25 * MS);
    expect(second!.firstTokenTime).toBe(start + 30 * MS);
    expect(first!.finishTime).toBe(start + 100 * MS);
  });

  test("that comes exactly at a boundary joins there", () => {
    const bench = new ServiceBench();
    bench.sendAt(0, callOf(1000, 20));
    bench.sendAt(25 * MS, callOf(1000, 1));
    const [, second] = bench.run();
    expect(second!.startTime).toBe(second!.arrivalTime);
  });

  test("whose cached context is asked for at a boundary takes no block twice", () => {
    const bench = new ServiceBench({ engine: { blockSize: 1 }, kvBlocks: 5000 });
    bench.sendAt(0, callOf(1000, 20));
    bench.sendAt(25 * MS, turnOf(7, 1000, 1));
    bench.run();
    for (const { replica } of bench.service.replicas) expect(replica.kvAtSample().used).toBe(0);
  });

  test("waits for a place", () => {
    const bench = new ServiceBench({ engine: { maxNumSeqs: 1 } });
    bench.sendAt(0, callOf(1000, 20));
    bench.sendAt(MS, callOf(1000, 1));
    const [first, second] = bench.run();
    expect(second!.startTime).toBe(first!.finishTime);
  });

  test("at the same instant is served in the order of call numbers", () => {
    const bench = new ServiceBench({ engine: { maxNumSeqs: 1 } });
    for (const _ of [0, 1, 2]) bench.sendAt(0, callOf(10, 1));
    const starts = bench.run().map(({ startTime }) => startTime - hopTicks(10));
    expect(starts).toEqual([0, 5 * MS, 10 * MS]);
  });
});

describe("outstanding tokens", () => {
  test("fall by the prompt at the first token and by the output at the end", () => {
    const bench = new ServiceBench();
    bench.sendAt(0, callOf(1000, 3));
    const [request] = bench.run(2 * MS);
    expect(bench.outstandingTokens()).toEqual([1003]);
    bench.run(request!.arrivalTime + 5 * MS);
    expect(bench.outstandingTokens()).toEqual([3]);
    bench.run(request!.arrivalTime + 15 * MS);
    expect(bench.outstandingTokens()).toEqual([0]);
  });
});

describe("spans", () => {
  test("tell iterations of one batch as one row", () => {
    const bench = new ServiceBench();
    bench.sendAt(0, callOf(1000, 4));
    const [request] = bench.run();
    const start = request!.startTime;
    const common = { replica: 0, batch: 1, slowdown: 1 };
    expect(bench.spans).toEqual([
      {
        ...common,
        phase: "prefill",
        startTime: start,
        endTime: start + 5 * MS,
        iterations: 1,
        prefillTokens: 1000,
        contextTokens: 0,
      },
      {
        ...common,
        phase: "decode",
        startTime: start + 5 * MS,
        endTime: start + 20 * MS,
        iterations: 3,
        prefillTokens: 0,
        contextTokens: 1001,
      },
    ]);
    expect(bench.service.replicas[0]!.replica.busyTicks()).toBe(20 * MS);
  });

  test("are cut where the slowdown changes, with the work but not the host stretched", () => {
    const bench = new ServiceBench({ replicas: 2, isShared: true });
    bench.sendAt(0, callOf(1000, 9));
    bench.sendAt(17 * MS, callOf(1000, 1));
    const [first, second] = bench.run();
    // Duty 4/5 rounds to 6/8.
    const load = { demand: testDemand, share: 0.5, sms: 66, duty: 0.75 };
    const [decode, prefill] = slowdownUnder("mps")(testGpu, [load, load]);
    const own = bench.spans.filter(({ replica }) => replica === first!.replica);
    expect(own.map(({ phase, slowdown }) => [phase, slowdown])).toEqual([
      ["prefill", 1],
      ["decode", 1],
      ["decode", decode!],
      ["decode", 1],
    ]);
    expect(own.reduce((sum, { iterations }) => sum + iterations, 0)).toBe(9);
    expect(second!.lostInPrefill).toBeCloseTo(4 * MS * (prefill! - 1), -1);
    const overlap = second!.finishTime - second!.startTime;
    expect(first!.lostInDecode).toBeGreaterThan(0);
    expect(first!.lostInDecode).toBeLessThan(overlap * (1 - 1 / decode!));
    expect(first!.finishTime - first!.startTime).toBe(45 * MS + first!.lostInDecode);
  });
});

test("calls of all executions have numbers apart", () => {
  expect(stepEntity(3, 5)).toBe(3 * MAX_STEPS + 5);
});
