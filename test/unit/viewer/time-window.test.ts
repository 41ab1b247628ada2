/** The interval that is shown, and the labels of its axis. */

import { describe, expect, test } from "vitest";
import { clamped, niceStep, panned, ticksOf, zoomed } from "../../../src/viewer/time-window.ts";

describe("the interval", () => {
  test("keeps what is under the pointer when zoomed", () => {
    const { from, to } = zoomed({ from: 20, to: 60 }, 0.5, { anchor: 30, end: 100 });
    expect(to - from).toBeCloseTo(20, 9);
    expect((30 - from) / (to - from)).toBeCloseTo(0.25, 9);
  });

  test("stays in the run", () => {
    expect(zoomed({ from: 20, to: 60 }, 10, { anchor: 30, end: 100 })).toEqual({
      from: 0,
      to: 100,
    });
    expect(panned({ from: 20, to: 60 }, -50, 100)).toEqual({ from: 0, to: 40 });
    expect(panned({ from: 20, to: 60 }, 500, 100)).toEqual({ from: 60, to: 100 });
    expect(clamped({ from: -5, to: 500 }, 100)).toEqual({ from: 0, to: 100 });
  });

  test("does not shrink to nothing", () => {
    let window = { from: 0, to: 1000 };
    for (let step = 0; step < 400; step++) window = zoomed(window, 0.5, { anchor: 500, end: 1000 });
    expect(window.to - window.from).toBeGreaterThan(5e-6);
  });
});

describe("labels", () => {
  test("are at round instants, as many as there is room for", () => {
    const ticks = ticksOf({ from: 0, to: 6400 }, 5);
    expect(ticks.map(({ label }) => label)).toEqual(["0", "2,000", "4,000", "6,000"]);
  });

  test("have the decimals that their distance needs", () => {
    const ticks = ticksOf({ from: 3386.93, to: 3387.02 }, 2);
    expect(ticks.map(({ label }) => label)).toEqual(["3,386.95", "3,387.00"]);
  });

  test("are apart by 1, 2 or 5 of a power of ten", () => {
    expect([0.011, 0.3, 1, 1.1, 4, 6].map(niceStep)).toEqual(
      [0.02, 0.5, 1, 2, 5, 10].map((step) => expect.closeTo(step, 12)),
    );
  });
});
