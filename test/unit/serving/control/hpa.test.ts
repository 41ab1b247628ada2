import { describe, expect, test } from "vitest";
import { type HpaControl, KUBERNETES_DEFAULTS } from "../../../../src/deployment/control.ts";
import type {
  Controller,
  ControlView,
  PlanChange,
  ReplicaState,
} from "../../../../src/serving/control/controller.ts";
import { createHpa } from "../../../../src/serving/control/hpa.ts";
import { testCluster, testEngine, testModel } from "../../fixtures.ts";
import { COLD_START, deployment, evenly, run } from "../controlled-runs.ts";

const CONTROL: HpaControl = {
  kind: "hpa",
  ...KUBERNETES_DEFAULTS,
  targetCalls: [10],
  maxReplicas: 4,
};

/** A replica of LLM 0 as far as an autoscaler looks. */
type Seen = readonly [requestCount: number, state?: ReplicaState];

/** One LLM on GPU 0, in a cluster with these free shares. */
class Scaled {
  readonly #controller: Controller;
  time = 0;

  constructor(control: Partial<HpaControl> = {}) {
    this.#controller = createHpa({ ...CONTROL, ...control });
  }

  /** What is decided after a sync interval of seeing this, the last scrape apart. */
  sync(seen: readonly Seen[], freeShare = [0, 1, 1, 1], last = seen): readonly PlanChange[] {
    const { interval } = this.#controller;
    const scrapes = Math.round(CONTROL.interval / interval);
    for (let scrape = 1; scrape < scrapes; scrape++) {
      expect(this.#decide(seen, freeShare)).toEqual([]);
    }
    return this.#decide(last, freeShare);
  }

  #decide(seen: readonly Seen[], freeShare: number[]): readonly PlanChange[] {
    this.time += this.#controller.interval;
    const cluster = testCluster(1, freeShare.length);
    const instance = { gpus: [cluster.gpus[0]!], share: 1 };
    const llm = { name: "a", model: testModel, engine: testEngine, instances: [instance] };
    const view: ControlView = {
      time: this.time,
      deployment: { cluster, llms: [llm] },
      replicas: seen.map(([requestCount, state = "serving"], index) => {
        return { index, llm: 0, instance, state, requestCount, outstandingTokens: 0 };
      }),
      stranded: [0],
      freeShare,
    };
    return this.#controller.decide(view);
  }
}

/** GPUs of new replicas, and replicas that go. */
const outline = (changes: readonly PlanChange[]) =>
  changes.map((change) =>
    change.kind === "load" ? change.instance.gpus.map(({ index }) => index) : change,
  );

describe("the autoscaler", () => {
  test("asks for the calls in flight over the target, rounded up, at once", () => {
    expect(outline(new Scaled().sync([[11.1]]))).toEqual([[1]]);
    expect(outline(new Scaled().sync([[31]]))).toEqual([[1], [2], [3]]);
    expect(outline(new Scaled().sync([[12], [19]]))).toEqual([[1], [2]]);
  });

  test("leaves what is within the tolerance", () => {
    expect(new Scaled().sync([[10.9]])).toEqual([]);
    expect(outline(new Scaled({ tolerance: 0.05 }).sync([[10.9]]))).toEqual([[1]]);
  });

  test("goes by the mean over the interval", () => {
    expect(new Scaled().sync([[10]], [0, 1, 1, 1], [[24]])).toEqual([]);
    expect(outline(new Scaled().sync([[10]], [0, 1, 1, 1], [[26]]))).toEqual([[1]]);
  });

  test("counts replicas that start, not those that drain", () => {
    expect(new Scaled().sync([[20], [0, "loading"]])).toEqual([]);
    expect(new Scaled().sync([[10], [9, "draining"], [0, "gone"]])).toEqual([]);
  });

  test("takes out the youngest when it wanted fewer for as long as the delay", () => {
    const scaled = new Scaled({ scaleDownDelay: 45 });
    expect(scaled.sync([[10], [10], [10]])).toEqual([]);
    const calm = [[4], [4], [2]] as const;
    for (let sync = 0; sync < 3; sync++) expect(scaled.sync(calm)).toEqual([]);
    expect(scaled.sync(calm)).toEqual([
      { kind: "drain", replica: 1 },
      { kind: "drain", replica: 2 },
    ]);
  });

  test("adds when it wanted more for as long as the delay", () => {
    const scaled = new Scaled({ scaleUpDelay: 30 });
    expect(scaled.sync([[10]])).toEqual([]);
    expect(scaled.sync([[40]])).toEqual([]);
    expect(scaled.sync([[20]])).toEqual([]);
    expect(outline(scaled.sync([[40]]))).toEqual([[1]]);
  });

  test("keeps to its limits and to GPUs that are free in one fast domain", () => {
    expect(outline(new Scaled().sync([[900]], [0, 1, 1, 1, 1, 1]))).toEqual([[1], [2], [3]]);
    expect(outline(new Scaled({ maxReplicas: 2 }).sync([[90]]))).toEqual([[1]]);
    expect(new Scaled().sync([[90]], [0, 0.4])).toEqual([]);
    expect(outline(new Scaled().sync([[90]], [0, 1]))).toEqual([[1]]);
    const none = new Scaled({ scaleDownDelay: 0, minReplicas: 2 });
    expect(none.sync([[0], [0], [0]])).toEqual([{ kind: "drain", replica: 2 }]);
  });

  test("adds a replica under load, and takes it out when the load is gone", () => {
    const control = { ...CONTROL, targetCalls: [6, 6], scaleDownDelay: 30, maxReplicas: 2 };
    const inner = createHpa(control);
    const states: string[][] = [];
    const controller: Controller = {
      interval: inner.interval,
      decide(view) {
        states.push(view.replicas.flatMap(({ llm, state }) => (llm === 0 ? [state] : [])));
        return inner.decide(view);
      },
    };
    const times = [...evenly(120, 0, 90), ...evenly(1, 90, 240)];
    const { requests } = run(deployment(), controller, times);
    expect(states[0]).toEqual(["serving"]);
    expect(states.at(-1)).toEqual(["serving", "gone"]);
    const ready = states.findIndex((now) => now[1] === "serving");
    expect(ready + 1).toBeGreaterThan(15 + COLD_START);
    expect(Math.max(...states.map(({ length }) => length))).toBe(2);
    expect(requests.every(({ status }) => status === "completed")).toBe(true);
  });
});
