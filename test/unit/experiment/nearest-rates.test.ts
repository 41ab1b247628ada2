/** Rates that a search can serve, in the place of those that it cannot. */

import { expect, test } from "vitest";
import { nearestRates } from "../../../src/experiment/nearest-rates.ts";
import { rankedPlans } from "../../../src/planner/scepsy.ts";
import { atFactor } from "../../../src/predictor/prediction.ts";
import { usualProblem } from "../planner/problems.ts";

const [demand] = usualProblem().workflows;

/** Two workflows of the same kind, together at `rate`. */
function twoAt(rate: number) {
  const workflows = [0.75, 0.25].map((part, index) => {
    return { ...demand!, name: `w${index}`, rate: part * rate };
  });
  return { ...usualProblem(), workflows };
}

test("one workflow has a nearest rate, which can be served", () => {
  const text = nearestRates(usualProblem(100))!;
  const [, rate] = /^the nearest feasible rate is ([\d.]+)\/s$/.exec(text)!;
  expect(rankedPlans(usualProblem(0.99 * Number(rate)), { enough: 1 }).plans).toHaveLength(1);
  expect(rankedPlans(usualProblem(1.1 * Number(rate)), { enough: 1 }).plans).toHaveLength(0);
});

test("of two workflows both are lowered, or one alone", () => {
  const whole = Number(/is ([\d.]+)\/s/.exec(nearestRates(usualProblem(100))!)![1]);
  // A third too much: the larger can make room, the smaller cannot.
  const text = nearestRates(twoAt(1.4 * whole))!;
  const rates = [...text.matchAll(/(w\d) at ([\d.]+)/g)].map(([, name, rate]) => [
    name,
    Number(rate) / whole,
  ]);
  expect(rates.map(([name]) => name)).toEqual(["w0", "w1", "w0"]);
  expect(rates[0]![1]).toBeCloseTo(0.75, 1);
  expect(rates[1]![1]).toBeCloseTo(0.25, 1);
  expect(rates[2]![1]).toBeCloseTo(1 - 1.4 * 0.25, 1);
});

test("rates that can be served need none", () => {
  expect(nearestRates(atFactor(usualProblem(), 0.5))).toBeUndefined();
});
