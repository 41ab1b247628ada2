import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrderClass, Simulation } from "../../../src/engine/simulation.ts";
import { MAX_TICKS } from "../../../src/engine/ticks.ts";

/** A simulation that logs `time class entity` of every event. */
function loggingSimulation(): { simulation: Simulation; log: string[] } {
  const simulation = new Simulation();
  const log: string[] = [];
  for (const [name, orderClass] of Object.entries(OrderClass)) {
    simulation.onEvent(orderClass, (entity) => log.push(`${simulation.now} ${name} ${entity}`));
  }
  return { simulation, log };
}

describe("Simulation", () => {
  test("handles equal times by class, then by entity", () => {
    const { simulation, log } = loggingSimulation();
    const classes = Object.entries(OrderClass).sort(([, a], [, b]) => a - b);
    for (const [, orderClass] of [...classes].reverse()) {
      for (const entity of [1, 0]) simulation.schedule(5, orderClass, entity);
    }
    simulation.run();
    expect(log).toEqual(classes.flatMap(([name]) => [`5 ${name} 0`, `5 ${name} 1`]));
    expect(simulation.eventsHandled).toBe(2 * classes.length);
  });

  test("ends iterations first, admits after all deliveries, then controls and samples", () => {
    const names = Object.entries(OrderClass).sort(([, a], [, b]) => a - b);
    expect(names.map(([name]) => name)).toEqual([
      "iterationEnd",
      "arrival",
      "toolEnd",
      "response",
      "timeout",
      "replicaReady",
      "delivery",
      "withdrawal",
      "admission",
      "control",
      "sample",
    ]);
    expect(new Set(Object.values(OrderClass)).size).toBe(names.length);
  });

  test("runs what a handler schedules at the current time", () => {
    const simulation = new Simulation();
    const log: string[] = [];
    simulation.onEvent(OrderClass.arrival, (entity) => {
      log.push(`arrival ${entity}`);
      simulation.schedule(simulation.now, OrderClass.admission, entity);
    });
    simulation.onEvent(OrderClass.admission, (entity) => log.push(`admission ${entity}`));
    simulation.schedule(1, OrderClass.arrival, 1);
    simulation.schedule(1, OrderClass.arrival, 0);
    simulation.run();
    expect(log).toEqual(["arrival 0", "arrival 1", "admission 0", "admission 1"]);
  });

  test("hands the stamp to the handler", () => {
    const simulation = new Simulation();
    const stamps: number[] = [];
    simulation.onEvent(OrderClass.control, (_, stamp) => stamps.push(stamp));
    simulation.schedule(1, OrderClass.control, 0, 41);
    simulation.schedule(2, OrderClass.control, 0);
    simulation.run();
    expect(stamps).toEqual([41, 0]);
  });

  test("stops after `until` and goes on from there", () => {
    const { simulation, log } = loggingSimulation();
    for (const time of [30, 20, 10]) simulation.schedule(time, OrderClass.control, 0);
    simulation.run(20);
    expect(log).toEqual(["10 control 0", "20 control 0"]);
    expect(simulation.now).toBe(20);
    simulation.schedule(25, OrderClass.control, 0);
    simulation.run();
    expect(log.slice(2)).toEqual(["25 control 0", "30 control 0"]);
  });

  test("stops when told to", () => {
    const simulation = new Simulation();
    simulation.onEvent(OrderClass.control, () => {
      if (simulation.now === 2) simulation.stop();
    });
    for (const time of [1, 2, 3]) simulation.schedule(time, OrderClass.control, 0);
    simulation.run();
    expect([simulation.now, simulation.eventsHandled]).toEqual([2, 2]);
  });

  test("never goes back in time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 60 }), (delays) => {
        const simulation = new Simulation();
        const times: number[] = [];
        const left = [...delays];
        simulation.onEvent(OrderClass.arrival, (entity) => {
          times.push(simulation.now);
          const delay = left.pop();
          if (delay !== undefined) {
            simulation.schedule(simulation.now + delay, OrderClass.arrival, entity + 1);
          }
        });
        simulation.schedule(0, OrderClass.arrival, 0);
        simulation.schedule(3, OrderClass.arrival, 1000);
        simulation.run();
        expect(times).toHaveLength(delays.length + 2);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
    );
  });

  test("refuses events in the past, past the end of time and at no time", () => {
    const { simulation } = loggingSimulation();
    simulation.schedule(10, OrderClass.control, 0);
    simulation.run();
    for (const time of [9, -1, MAX_TICKS + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => simulation.schedule(time, OrderClass.control, 0)).toThrow("invariant violated");
    }
  });

  test("has one handler for each class", () => {
    const { simulation } = loggingSimulation();
    expect(() => simulation.onEvent(OrderClass.arrival, () => {})).toThrow("has a handler");
  });
});
