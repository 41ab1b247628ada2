import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { switchTime } from "../../../src/deployment/start-up.ts";
import { OrderClass } from "../../../src/engine/simulation.ts";
import { TICKS_PER_SECOND } from "../../../src/engine/ticks.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import { createAegaeon } from "../../../src/serving/control/aegaeon.ts";
import type { Controller, ControlView } from "../../../src/serving/control/controller.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";
import { evenly, follow, run } from "./controlled-runs.ts";
import { hopTicks, MS, ServiceBench } from "./replicas.ts";
import { callOf } from "./requests.ts";

/** Weights over PCIe. */
const SWITCH = weightBytes(testModel, 1) / 64e9;

const AEGAEON = { kind: "aegaeon", quantum: 0.5, affinity: 8 } as const;

/** Two LLMs that take turns on each of so many GPUs. */
function pool(gpuCount: number): Deployment {
  const cluster = testCluster(1, gpuCount);
  const instances = cluster.gpus.map((gpu) => ({ gpus: [gpu], share: 1 }));
  const llm = (name: string) => ({ name, model: testModel, engine: testEngine, instances });
  return { cluster, llms: [llm("a"), llm("b")], control: AEGAEON };
}

const states = ({ replicas }: ControlView) => replicas.map(({ state }) => state);

/** What a controller sees, kept. */
function watched(inner: Controller) {
  const views: ControlView[] = [];
  const controller: Controller = {
    interval: inner.interval,
    decide(view) {
      views.push(view);
      return inner.decide(view);
    },
  };
  return { controller, views };
}

describe("turns", () => {
  test("begin with one LLM a GPU, and only a turn changes anything", () => {
    const plan = pool(2);
    const { controller, views } = follow({
      1: [
        { kind: "drain", replica: 0 },
        { kind: "scale", replica: 0, share: 0.5 },
        { kind: "swap", replica: 0, llm: 1 },
        { kind: "load", llm: 0, instance: plan.llms[0]!.instances[0]! },
        { kind: "activate", replica: 0 },
        { kind: "activate", replica: 9 },
      ],
      3: [
        { kind: "activate", replica: 2 },
        { kind: "activate", replica: 0 },
        { kind: "activate", replica: 1 },
      ],
    });
    run(plan, controller, evenly(2, 0, 10));
    expect(states(views[2]!)).toEqual(["serving", "paused", "paused", "serving"]);
    expect(states(views[3]!)).toEqual(["paused", "serving", "serving", "paused"]);
    expect(views[3]!.freeShare).toEqual([0, 0]);
  });

  test("are refused outside of pools", () => {
    const { control: _, ...apart } = pool(1);
    const llms = apart.llms.map((llm) => ({
      ...llm,
      instances: llm.instances.map((instance) => ({ ...instance, share: 0.5 })),
    }));
    const { controller, views } = follow({ 1: [{ kind: "activate", replica: 1 }] });
    run({ ...apart, llms }, controller, evenly(2, 0, 4));
    expect(states(views.at(-1)!)).toEqual(["serving", "serving"]);
  });

  test("take no time where the weights could be read ahead and no KV cache moves", () => {
    const { controller } = follow({ 1: [{ kind: "activate", replica: 1 }] });
    const { requests } = run(pool(1), controller, [0.1, 0.2]);
    expect(requests[0]!.finishTime).toBeLessThan(TICKS_PER_SECOND);
    expect(requests[1]!.arrivalTime).toBeLessThan(TICKS_PER_SECOND);
    expect(requests[1]!.startTime).toBe(TICKS_PER_SECOND + 1);
  });

  test("take the time of the weights that the turn before was too short for", () => {
    const { controller } = follow({
      1: [{ kind: "activate", replica: 1 }],
      3: [{ kind: "activate", replica: 0 }],
    });
    const { requests } = run(pool(1), { ...controller, interval: 0.1 }, [0.29]);
    // LLM 1 serves when all its weights have been read, and LLM 0's are read from then on.
    expect(SWITCH).toBeGreaterThan(0.2);
    expect(SWITCH).toBeLessThan(0.3);
    expect(requests[0]!.startTime / TICKS_PER_SECOND).toBeCloseTo(2 * SWITCH, 8);
  });

  test("move the KV caches both ways at once", () => {
    const moved = { readAhead: 1, kvIn: 6.4e9, kvOut: 12.8e9 };
    const { cluster, llms } = pool(1);
    const instance = { gpus: cluster.gpus, share: 1 };
    expect(switchTime(llms[0]!, instance, moved)).toBeCloseTo(0.2, 12);
    const cold = { ...moved, readAhead: 0.1 };
    expect(switchTime(llms[0]!, instance, cold)).toBeCloseTo(SWITCH - 0.1 + 0.1, 12);
  });

  test("let calls go on where they stopped, and count the pause as lost to others", () => {
    const { controller } = follow({
      1: [{ kind: "activate", replica: 1 }],
      4: [{ kind: "activate", replica: 0 }],
    });
    const long = run(pool(1), { ...controller, interval: 0.5 }, [0.4]);
    const [request] = long.requests;
    const { startTime, firstTokenTime, finishTime, lostInDecode, preemptions } = request!;
    expect(startTime).toBeLessThan(0.5 * TICKS_PER_SECOND);
    expect(preemptions).toBe(0);
    const undisturbed = run(pool(1), follow({}).controller, [0.4]).requests[0]!;
    const decode = undisturbed.finishTime - undisturbed.firstTokenTime;
    // What is left of a batch is rounded once more.
    expect(Math.abs(finishTime - firstTokenTime - lostInDecode - decode)).toBeLessThanOrEqual(1);
    expect(lostInDecode).toBeGreaterThan(1.4 * TICKS_PER_SECOND);
    expect(lostInDecode).toBeLessThan(1.6 * TICKS_PER_SECOND);
  });
});

describe("a pause", () => {
  test.each([
    ["at a boundary", 20],
    ["within an iteration", 22],
  ])("%s comes after the iteration under way, in both modes", (_, time) => {
    for (const isStepwise of [false, true]) {
      const bench = new ServiceBench({ isStepwise });
      const { replica } = bench.service.replicas[0]!;
      const start = hopTicks(100);
      bench.simulation.onEvent(OrderClass.control, (isPause) =>
        isPause === 1 ? replica.pause() : replica.resume(),
      );
      bench.simulation.schedule(start + time * MS, OrderClass.control, 1);
      bench.simulation.schedule(start + 57 * MS, OrderClass.control, 0);
      bench.sendAt(0, callOf(100, 30));
      const [request] = bench.run();
      // Five iterations of 5 ms before, the other 25 after.
      expect(request!.finishTime - start).toBe((57 + 25 * 5) * MS);
      expect(request!.lostInDecode).toBe((57 - 25) * MS);
      expect(replica.busyTicks()).toBe(30 * 5 * MS);
    }
  });

  test("holds calls that come meanwhile, and those that an engine was about to begin", () => {
    const bench = new ServiceBench({ engine: { wakeTime: 0.01 } });
    const { replica } = bench.service.replicas[0]!;
    bench.simulation.onEvent(OrderClass.control, (isPause) =>
      isPause === 1 ? replica.pause() : replica.resume(),
    );
    bench.simulation.schedule(hopTicks(100) + 5 * MS, OrderClass.control, 1);
    bench.simulation.schedule(50 * MS, OrderClass.control, 0);
    bench.sendAt(0, callOf(100, 3));
    bench.sendAt(20 * MS, callOf(100, 3));
    for (const { startTime, finishTime } of bench.run()) {
      expect(startTime).toBe(50 * MS);
      expect(finishTime).toBe(65 * MS);
    }
  });
});

describe("aegaeon", () => {
  test("gives every LLM its turn: all calls end, and one serves at a time", () => {
    const { controller, views } = watched(createAegaeon(AEGAEON));
    const { requests } = run(pool(1), controller, evenly(20, 0, 30));
    expect(requests.every(({ status }) => status === "completed")).toBe(true);
    for (const view of views) {
      expect(states(view).filter((state) => state === "serving").length).toBeLessThanOrEqual(1);
    }
    const turns = new Set(views.map((view) => states(view).join()));
    expect([...turns].sort()).toEqual([
      "loading,paused",
      "paused,loading",
      "paused,serving",
      "serving,paused",
    ]);
  });

  test("keeps an LLM where its calls fit, and leaves the other GPU to the other", () => {
    const { controller, views } = watched(createAegaeon(AEGAEON));
    const { requests } = run(pool(2), controller, evenly(8, 0, 30));
    const used = new Set(requests.map(({ llm, replica }) => `${llm} on ${replica}`));
    expect(used.size).toBe(2);
    const last = views.at(-1)!;
    expect(states(last).filter((state) => state === "serving")).toHaveLength(2);
  });

  test("leaves the GPUs to a model with calls until the quantum is over", () => {
    const decide = (requestCounts: readonly number[], times: readonly number[]) => {
      const { cluster, llms, control } = pool(1);
      const controller = createAegaeon(control as typeof AEGAEON);
      return times.map((time) =>
        controller.decide({
          time,
          deployment: { cluster, llms, control },
          replicas: requestCounts.map((requestCount, index) => ({
            index,
            llm: index,
            instance: llms[0]!.instances[0]!,
            state: index === 1 ? "serving" : "paused",
            requestCount,
            outstandingTokens: 0,
          })),
          stranded: [0, 0, 0],
          freeShare: [0],
        }),
      );
    };
    const next = (replica: number) => [{ kind: "activate", replica }];
    expect(decide([1, 1, 1], [5, 5.25, 5.5])).toEqual([[], [], next(2)]);
    expect(decide([1, 1, 0], [5, 5.25, 5.5])).toEqual([[], [], next(0)]);
    expect(decide([0, 1, 0], [5, 6])).toEqual([[], []]);
    expect(decide([1, 0, 1], [5])).toEqual([next(2)]);
    expect(decide([0, 0, 0], [5, 6])).toEqual([[], []]);
  });
});
