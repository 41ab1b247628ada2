import { describe, expect, test } from "vitest";
import type { Deployment, Instance } from "../../../src/deployment/plan.ts";
import { coldStartTime, wakeTime } from "../../../src/deployment/start-up.ts";
import { TICKS_PER_SECOND } from "../../../src/engine/ticks.ts";
import { simulate } from "../../../src/experiment/simulate.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import type {
  Controller,
  ControlView,
  PlanChange,
} from "../../../src/serving/control/controller.ts";
import { createThresholdScaling } from "../../../src/serving/control/threshold-scaling.ts";
import type { RunningExecution } from "../../../src/workflow/execution-runner.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

const COLD_START = 30 + weightBytes(testModel, 1) / 8e9;
const WAKE = weightBytes(testModel, 1) / 64e9;

/** Two LLMs on the first of three GPUs, half each. */
function deployment(): Deployment {
  const cluster = testCluster(1, 3);
  const half: Instance = { gpus: [cluster.gpus[0]!], share: 0.5 };
  const llm = (name: string) => ({ name, model: testModel, engine: testEngine, instances: [half] });
  return { cluster, llms: [llm("a"), llm("b")] };
}

/** Follows a plan of changes by decision number, one decision a second; keeps what it saw. */
function follow(changes: Readonly<Record<number, readonly PlanChange[]>>) {
  const views: ControlView[] = [];
  const controller: Controller = {
    interval: 1,
    decide: (view) => changes[views.push(view)] ?? [],
  };
  return { controller, views };
}

/** Evenly spaced instants: `rate` a second from `start` to `end`. */
function evenly(rate: number, start: number, end: number): number[] {
  return Array.from({ length: rate * (end - start) }, (_, index) => start + index / rate);
}

/** Calls of LLM 0 and 1 in turn. */
function run(plan: Deployment, controller: Controller, times = evenly(2, 0, 60)) {
  const ended: RunningExecution[] = [];
  const outcome = simulate({
    deployment: plan,
    source: (index) => ({
      index,
      hash: "",
      steps: [
        {
          kind: "call",
          llm: index % 2,
          role: "",
          promptTokens: 200,
          outputTokens: 20,
          conversation: -1,
          retainTokens: 0,
          predecessorCount: 0,
          successors: [],
        },
      ],
    }),
    arrivals: { kind: "recorded", times, drain: 3600 },
    controller,
    observer: { onExecutionEnd: (execution) => ended.push(execution) },
  });
  const requests = ended.map(({ requests: [request] }) => request!);
  return { ...outcome, ended, requests };
}

const states = ({ replicas }: ControlView) => replicas.map(({ state }) => state);

describe("start-up", () => {
  test("is the start of a process and the reading of all weights, or their way over PCIe", () => {
    const { cluster, llms } = deployment();
    const tp2 = { gpus: cluster.gpus.slice(0, 2), share: 1 };
    const allWeights = 2 * weightBytes(testModel, 2);
    expect(coldStartTime(llms[0]!, tp2)).toBeCloseTo(30 + allWeights / 8e9, 12);
    expect(wakeTime(llms[0]!, tp2)).toBeCloseTo(weightBytes(testModel, 2) / 64e9, 12);
  });
});

describe("plan changes", () => {
  test("load a replica, which gets calls from the end of its cold start on", () => {
    const plan = deployment();
    const instance = { gpus: [plan.cluster.gpus[1]!], share: 1 };
    const { controller, views } = follow({ 3: [{ kind: "load", llm: 0, instance }] });
    const { requests } = run(plan, controller, evenly(40, 0, 60));
    const ready = (3 + COLD_START) * TICKS_PER_SECOND;
    const there = requests.filter(({ replica }) => replica === 2);
    expect(there.length).toBeGreaterThan(5);
    for (const { arrivalTime, llm } of there) {
      expect(llm).toBe(0);
      expect(arrivalTime).toBeGreaterThanOrEqual(Math.floor(ready));
    }
    expect(states(views[3]!)).toEqual(["serving", "serving", "loading"]);
    expect(views[3]!.freeShare).toEqual([0, 0, 1]);
    expect(states(views[Math.ceil(3 + COLD_START)]!)).toEqual(["serving", "serving", "serving"]);
  });

  test("drain a replica: its calls end, then it is gone, and later calls wait for another", () => {
    const plan = deployment();
    const instance = { gpus: [plan.cluster.gpus[0]!], share: 0.5 };
    const { controller, views } = follow({
      5: [{ kind: "drain", replica: 0 }],
      20: [{ kind: "load", llm: 0, instance }],
    });
    const { requests } = run(plan, controller);
    expect(states(views[7]!)).toEqual(["gone", "serving"]);
    expect(views[7]!.freeShare[0]).toBe(0.5);
    expect(views[18]!.stranded[0]).toBeGreaterThan(5);
    expect(views.at(-1)!.stranded).toEqual([0, 0]);
    const waited = requests.filter(({ llm, replica }) => llm === 0 && replica === 2);
    expect(Math.min(...waited.map(({ arrivalTime }) => arrivalTime))).toBeCloseTo(
      (20 + COLD_START) * TICKS_PER_SECOND,
      -1,
    );
    expect(requests.every(({ status }) => status === "completed")).toBe(true);
  });

  test("scale a replica: it comes back with another share after it woke", () => {
    const { controller, views } = follow({
      2: [{ kind: "scale", replica: 1, share: 0.6 }],
      4: [{ kind: "scale", replica: 0, share: 0.25 }],
      9: [{ kind: "scale", replica: 1, share: 0.75 }],
    });
    run(deployment(), controller);
    // 0.5 + 0.6 is refused; 0.25 + 0.75 is not.
    expect(views[3]!.replicas).toHaveLength(2);
    const { replicas } = views.at(-1)!;
    expect(replicas.map(({ state }) => state)).toEqual(["gone", "gone", "serving", "serving"]);
    expect(replicas.slice(2).map(({ instance }) => instance.share)).toEqual([0.25, 0.75]);
    expect(WAKE).toBeLessThan(1);
  });

  test("swap an LLM for another in the same place", () => {
    const { controller, views } = follow({ 2: [{ kind: "swap", replica: 0, llm: 1 }] });
    const { requests } = run(deployment(), controller, evenly(40, 0, 20));
    const swapped = views.at(-1)!.replicas[2]!;
    expect([swapped.llm, swapped.state, swapped.instance.share]).toEqual([1, "serving", 0.5]);
    expect(requests.some(({ llm, replica }) => llm === 1 && replica === 2)).toBe(true);
    // Nobody serves LLM 0 any more.
    expect(views.at(-1)!.stranded[0]).toBeGreaterThan(10);
    expect(requests.filter(({ status }) => status === "unfinished").length).toBe(
      views.at(-1)!.stranded[0],
    );
  });

  test("are refused where there is no room, and change nothing", () => {
    const plan = deployment();
    const [first, second, third] = plan.cluster.gpus;
    const { controller, views } = follow({
      2: [
        { kind: "load", llm: 0, instance: { gpus: [first!], share: 0.1 } },
        { kind: "load", llm: 0, instance: { gpus: [second!], share: 1, memory: 79e9 } },
        { kind: "load", llm: 0, instance: { gpus: [second!], share: 1, memory: 1e9 } },
        { kind: "load", llm: 0, instance: { gpus: [first!, second!, third!], share: 0.1 } },
        { kind: "load", llm: 0, instance: { gpus: [second!], share: 0 } },
        { kind: "scale", replica: 0, share: 0 },
        { kind: "drain", replica: 7 },
      ],
    });
    run(plan, controller, evenly(2, 0, 10));
    for (const view of views) expect(states(view)).toEqual(["serving", "serving"]);
  });
});

describe("threshold scaling", () => {
  const thresholds = {
    kind: "threshold-scaling",
    interval: 2,
    scaleUpAbove: 6,
    scaleDownBelow: 1,
    minReplicas: 1,
    maxReplicas: 2,
  } as const;

  test("adds a replica under load, and takes it out when the load is gone", () => {
    const plan = deployment();
    const inner = createThresholdScaling(thresholds);
    const views: ControlView[] = [];
    const controller: Controller = {
      interval: inner.interval,
      decide(view) {
        views.push(view);
        return inner.decide(view);
      },
    };
    const { requests } = run(plan, controller, [...evenly(120, 0, 60), ...evenly(1, 60, 150)]);
    const counts = views.map(({ replicas }) => replicas.filter(({ llm }) => llm === 0).length);
    expect(counts[0]).toBe(1);
    expect(Math.max(...counts)).toBe(2);
    const last = views.at(-1)!.replicas.filter(({ llm }) => llm === 0);
    expect(last.map(({ state }) => state)).toEqual(["serving", "gone"]);
    expect(requests.every(({ status }) => status === "completed")).toBe(true);
  });

  test("finds no room outside one fast domain, and keeps its limits", () => {
    const { cluster, llms } = deployment();
    const replica = (index: number, requestCount: number) => {
      const instance = { gpus: [cluster.gpus[0]!], share: 0.5 };
      return {
        index,
        llm: 0,
        instance,
        state: "serving",
        requestCount,
        outstandingTokens: 0,
      } as const;
    };
    const view = (replicas: ControlView["replicas"], freeShare: number[]): ControlView => ({
      time: 0,
      deployment: { cluster, llms: llms.slice(0, 1) },
      replicas,
      stranded: [0],
      freeShare,
    });
    const { decide } = createThresholdScaling(thresholds);
    expect(decide(view([replica(0, 7)], [0, 0.4, 0]))).toEqual([]);
    expect(decide(view([replica(0, 7)], [0, 0.5, 0]))).toMatchObject([
      { kind: "load", llm: 0, instance: { gpus: [cluster.gpus[1]], share: 0.5 } },
    ]);
    expect(decide(view([replica(0, 9), replica(1, 9)], [0, 1, 1]))).toEqual([]);
    expect(decide(view([replica(0, 0), replica(1, 1)], [0, 1, 1]))).toEqual([
      { kind: "drain", replica: 1 },
    ]);
    expect(decide(view([replica(0, 0)], [0, 1, 1]))).toEqual([]);
  });
});
