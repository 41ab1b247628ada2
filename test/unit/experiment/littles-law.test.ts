import fc from "fast-check";
import { expect, test } from "vitest";
import { type LittlesLaw, LittlesLawObserver } from "../../../src/experiment/littles-law.ts";

/** An execution by the instants at which it comes and goes. */
interface Stay {
  readonly arrival: number;
  readonly end: number;
}

/** What a window shows of these stays, told in the order in which they happen. */
function observe(stays: readonly Stay[], start: number, end: number): LittlesLaw {
  const observer = new LittlesLawObserver();
  const happenings = [
    ...stays.map(({ arrival }) => ({ at: arrival, tell: () => observer.arrive(arrival) })),
    ...stays.map((stay) => ({ at: stay.end, tell: () => observer.leave(stay.end, stay.arrival) })),
  ].sort((a, b) => a.at - b.at);
  const until = (limit: number) => {
    while (happenings.length > 0 && happenings[0]!.at < limit) happenings.shift()!.tell();
  };
  until(start);
  observer.openWindow(start);
  until(end + 1);
  observer.closeWindow(end);
  until(Number.POSITIVE_INFINITY);
  return observer.result();
}

test("one execution after another, each as long as its gap: one in the system", () => {
  const stays = Array.from({ length: 10 }, (_, index) => ({
    arrival: 10 * index,
    end: 10 * (index + 1),
  }));
  expect(observe(stays, 20, 59)).toEqual({
    numberInSystem: 1,
    arrivalRate: 4 / 39,
    timeInSystem: 10,
    unexplained: 0,
  });
});

test("executions across the edges count for their part inside", () => {
  const law = observe(
    [
      { arrival: 0, end: 30 },
      { arrival: 15, end: 90 },
    ],
    10,
    50,
  );
  expect(law.numberInSystem).toBe((20 + 35) / 40);
  expect(law).toMatchObject({ arrivalRate: 1 / 40, timeInSystem: 75, unexplained: 0 });
});

test("edges explain all of the difference between the two sides", () => {
  const stayArbitrary = fc
    .tuple(fc.nat({ max: 1000 }), fc.nat({ max: 300 }))
    .map(([arrival, time]) => ({ arrival, end: arrival + time }));
  fc.assert(
    fc.property(
      fc.array(stayArbitrary, { maxLength: 40 }),
      fc.nat({ max: 500 }),
      fc.integer({ min: 1, max: 500 }),
      (stays, start, span) => {
        expect(observe(stays, start, start + span).unexplained).toBe(0);
      },
    ),
  );
});

test("a time measured wrong is seen", () => {
  const observer = new LittlesLawObserver();
  observer.openWindow(0);
  observer.arrive(10);
  observer.leave(30, 12);
  observer.closeWindow(100);
  expect(observer.result().unexplained).toBe(2);
});
