/**
 * Running drawn executions closed loop, with calls that take a fixed time instead of a service.
 */

import { describe, expect, test } from "vitest";
import { OrderClass, Simulation } from "../../../src/engine/simulation.ts";
import { toSeconds, toTicks } from "../../../src/engine/ticks.ts";
import { createRequest, type Request } from "../../../src/serving/request.ts";
import type { DrawnCall, DrawnExecution } from "../../../src/workflow/drawn-execution.ts";
import { ExecutionRunner, type RunningExecution } from "../../../src/workflow/execution-runner.ts";
import type { Step } from "../../../src/workflow/program.ts";
import { always, call, loop, parallel, sourceOf, tool } from "./programs.ts";

/** A call takes a tenth of a second for each output token; one of 13 fails. */
const SECONDS_PER_TOKEN = 0.1;
const UNLUCKY = 13;

function runnerSetup() {
  const simulation = new Simulation();
  const requests = new Map<number, Request>();
  const ended: RunningExecution[] = [];
  const log: string[] = [];
  const runner = new ExecutionRunner({
    simulation,
    submit: (asked, entity) => {
      const request = createRequest(asked, entity, simulation.now);
      requests.set(entity, request);
      const end = simulation.now + toTicks(asked.outputTokens * SECONDS_PER_TOKEN);
      simulation.schedule(end, OrderClass.response, entity);
      return request;
    },
    giveUp: (request, status) => {
      request.isGivenUp = true;
      request.status = status;
      request.endTime = simulation.now;
    },
    onCallEnd: (execution, step) => {
      log.push(`${toSeconds(simulation.now).toFixed(1)} call ${execution.drawn.index}.${step}`);
    },
    onExecutionEnd: (execution) => {
      ended.push(execution);
      const { index } = execution.drawn;
      log.push(`${toSeconds(simulation.now).toFixed(1)} ${execution.status} ${index}`);
    },
  });
  simulation.onEvent(OrderClass.response, (entity) => {
    const request = requests.get(entity)!;
    if (request.isGivenUp) return;
    request.endTime = simulation.now;
    request.status = request.outputTokens === UNLUCKY ? "failed" : "completed";
    runner.onResponse(request);
  });
  return { simulation, runner, ended, log, requests };
}

/** Runs one execution to its end; times in seconds. */
function runAlone(...steps: Step[]) {
  const setup = runnerSetup();
  setup.runner.start(sourceOf(...steps)(0));
  setup.simulation.run();
  const execution = setup.ended[0]!;
  const seconds = (times: Iterable<number>) =>
    [...times].map((time) => (time < 0 ? -1 : toSeconds(time)));
  return {
    ...setup,
    execution,
    starts: seconds(execution.startTimes),
    ends: seconds(execution.endTimes),
    last: [...execution.lastPredecessors],
  };
}

const output = (tokens: number) => call({ output: always(tokens) });

describe("an execution", () => {
  test("runs its steps one after another", () => {
    const { starts, ends, last, execution } = runAlone(output(5), tool(), output(10));
    expect(starts).toEqual([0, 0.5, 1.5]);
    expect(ends).toEqual([0.5, 1.5, 2.5]);
    expect(last).toEqual([-1, 0, 1]);
    expect(execution.status).toBe("completed");
    expect(toSeconds(execution.endTime)).toBe(2.5);
    expect(execution.remainingSteps).toBe(0);
  });

  test("starts all copies at once and joins on the slowest", () => {
    const varying = call({ output: { kind: "uniform", low: 1, high: 12 } });
    const { execution, starts, ends, last } = runAlone(tool(), parallel(5, varying), tool());
    expect(starts.slice(1, 6)).toEqual([1, 1, 1, 1, 1]);
    const slowest = Math.max(...ends.slice(1, 6));
    expect(starts[6]).toBe(slowest);
    expect(ends[last[6]!]).toBe(slowest);
    expect(toSeconds(execution.endTime)).toBeCloseTo(slowest + 1, 9);
  });

  test("spends no time in joins", () => {
    const { execution, starts, ends, last } = runAlone(
      parallel(2, output(5)),
      parallel(2, output(5)),
    );
    expect(execution.drawn.steps[2]!.kind).toBe("join");
    expect([starts[2], ends[2]]).toEqual([0.5, 0.5]);
    expect(last.slice(3)).toEqual([2, 2]);
    expect(toSeconds(execution.endTime)).toBe(1);
  });

  test("of no steps ends as it starts", () => {
    const { execution, runner } = runAlone();
    expect(execution).toMatchObject({ status: "completed", arrivalTime: 0, endTime: 0 });
    expect(runner.runningCount).toBe(0);
  });

  test("of joins and empty tools alone ends as it starts, once", () => {
    const { ended, execution } = runAlone(
      tool({ latency: always(0) }),
      tool({ latency: always(0) }),
    );
    expect([ended.length, execution.endTime, execution.status]).toEqual([1, 0, "completed"]);
  });

  test("hands its calls to submit as drawn, and keeps their requests", () => {
    const { execution } = runAlone(tool(), call({ llm: "b", conversation: "main" }));
    expect(execution.requests[0]).toBeUndefined();
    expect(execution.requests[1]).toMatchObject({
      llm: 1,
      promptTokens: 10,
      outputTokens: 5,
      retainTokens: 15,
      conversation: 0,
      submitTime: toTicks(1),
    });
  });
});

describe("a call with a timeout", () => {
  test("that ends in time is not touched by it", () => {
    const { execution, log } = runAlone(call({ output: always(5), timeout: 0.5 }), tool());
    expect(execution).toMatchObject({ status: "completed", givenUp: [] });
    expect(log).toEqual(["0.5 call 0.0", "1.5 completed 0"]);
  });

  test("that does not end in time fails, with its execution", () => {
    const { execution, log, starts } = runAlone(call({ output: always(5), timeout: 0.4 }), tool());
    expect(execution).toMatchObject({ status: "failed", givenUp: [0] });
    expect(execution.requests[0]).toMatchObject({ isGivenUp: true, status: "failed" });
    expect(starts).toEqual([0, -1]);
    expect(log).toEqual(["0.4 call 0.0", "0.4 failed 0"]);
  });

  test("of a recording is cancelled, and what follows goes on", () => {
    const setup = runnerSetup();
    const { steps, ...drawn } = sourceOf(output(5), tool())(0);
    const [first, ...rest] = steps;
    setup.runner.start({ ...drawn, steps: [{ ...(first as DrawnCall), timeout: 0.3 }, ...rest] });
    setup.simulation.run();
    expect(setup.log).toEqual(["0.3 call 0.0", "1.3 completed 0"]);
    expect(setup.ended[0]!.requests[0]!.status).toBe("cancelled");
  });
});

describe("copies that are cancelled", () => {
  const race: Step = {
    kind: "parallel",
    count: always(6),
    join: 1,
    cancels: true,
    steps: [call({ output: { kind: "uniform", low: 1, high: 9 } }), tool({ latency: always(0.2) })],
  };

  test("end as the first has ended, whatever they were at", () => {
    const { execution, log, starts } = runAlone(race, tool({ latency: always(0.5) }));
    const join = execution.drawn.steps.findIndex(({ kind }) => kind === "join");
    const end = execution.endTimes[join]!;
    expect(execution.givenUp.length).toBe(5);
    for (const step of execution.givenUp) expect(execution.endTimes[step]).toBe(end);
    expect(starts.filter((start) => start < 0).length).toBeGreaterThan(0);
    expect(execution.endTime).toBe(end + toTicks(0.5));
    expect(log.at(-1)).toMatch(/completed 0$/);
  });

  test("are cancelled once, where one fan-out is within another", () => {
    const outer: Step = { ...race, steps: [race, tool({ latency: always(0.1) })] };
    const { execution } = runAlone(outer);
    expect(execution).toMatchObject({ status: "completed", remainingSteps: 0 });
  });
});

describe("a failed call", () => {
  test("ends its execution there, and nothing of it goes on", () => {
    const { execution, log, starts } = runAlone(output(5), output(UNLUCKY), tool());
    expect(execution.status).toBe("failed");
    expect(toSeconds(execution.endTime)).toBeCloseTo(1.8, 9);
    expect(starts[2]).toBe(-1);
    expect(log).toEqual(["0.5 call 0.0", "1.8 call 0.1", "1.8 failed 0"]);
  });

  test("leaves siblings to end unheard", () => {
    const setup = runnerSetup();
    const drawn: DrawnExecution = {
      index: 0,
      hash: "",
      steps: [UNLUCKY, 20, 30].map((outputTokens) => ({
        ...({ kind: "call", role: "", llm: 0, promptTokens: 1, outputTokens } as const),
        ...{ conversation: -1, retainTokens: 0, predecessorCount: 0, successors: [] },
      })),
    };
    setup.runner.start(drawn);
    setup.runner.start({ ...sourceOf(tool(), tool())(0), index: 1 });
    setup.simulation.run();
    expect(setup.log).toEqual(["1.3 call 0.0", "1.3 failed 0", "2.0 completed 1"]);
    expect(setup.ended.map(({ status }) => status)).toEqual(["failed", "completed"]);
    expect(toSeconds(setup.simulation.now)).toBe(3);
  });
});

describe("the runner", () => {
  test("keeps executions apart and counts those under way", () => {
    const setup = runnerSetup();
    const source = sourceOf(loop(2, output(5)));
    setup.runner.start(source(3));
    setup.runner.start(source(8));
    expect([...setup.runner.running].map(({ drawn }) => drawn.index)).toEqual([3, 8]);
    setup.simulation.run(toTicks(0.7));
    expect(setup.runner.runningCount).toBe(2);
    setup.simulation.run();
    expect(setup.runner.runningCount).toBe(0);
    expect(setup.log).toEqual([
      "0.5 call 3.0",
      "0.5 call 8.0",
      "1.0 call 3.1",
      "1.0 completed 3",
      "1.0 call 8.1",
      "1.0 completed 8",
    ]);
  });

  test("takes the time of arrival from the clock", () => {
    const setup = runnerSetup();
    setup.simulation.onEvent(OrderClass.arrival, () => setup.runner.start(sourceOf(tool())(0)));
    setup.simulation.schedule(toTicks(2), OrderClass.arrival, 0);
    setup.simulation.run();
    const { arrivalTime, endTime } = setup.ended[0]!;
    expect([toSeconds(arrivalTime), toSeconds(endTime)]).toEqual([2, 3]);
  });

  test("refuses an execution twice", () => {
    const { runner } = runnerSetup();
    const drawn = sourceOf(tool())(0);
    runner.start(drawn);
    expect(() => runner.start(drawn)).toThrow("started twice");
  });
});
