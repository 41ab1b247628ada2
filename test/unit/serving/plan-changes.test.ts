import { describe, expect, test } from "vitest";
import { coldStartTime, wakeTime } from "../../../src/deployment/start-up.ts";
import { TICKS_PER_SECOND } from "../../../src/engine/ticks.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import type { ControlView } from "../../../src/serving/control/controller.ts";
import { testModel } from "../fixtures.ts";
import { COLD_START, deployment, evenly, follow, run } from "./controlled-runs.ts";

const WAKE = weightBytes(testModel, 1) / 64e9;

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
