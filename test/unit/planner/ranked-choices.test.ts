/**
 * Ranked choices against enumerating them all.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Option, rankedChoices } from "../../../src/planner/ranked-choices.ts";

/** Every choice of one option per stage within the budget. */
function enumerate(stages: readonly (readonly Option[])[], budget: number): Option[][] {
  let choices: Option[][] = [[]];
  for (const stage of stages) {
    choices = choices.flatMap((choice) => stage.map((option) => [...choice, option]));
  }
  return choices.filter((choice) => total(choice, "granules") <= budget);
}

const total = (choice: readonly Option[], field: keyof Option) =>
  choice.reduce((sum, option) => sum + option[field], 0);

/** Few different figures, so that ties are frequent; costs are exact in binary. */
const option = fc.record({
  granules: fc.integer({ min: 1, max: 6 }),
  cost: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
});
const problems = fc.tuple(
  fc.array(fc.array(option, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
  fc.integer({ min: 0, max: 20 }),
);

describe("rankedChoices", () => {
  test("yields every choice within the budget once, best first", () => {
    fc.assert(
      fc.property(problems, ([stages, budget]) => {
        const choices = [...rankedChoices(stages, budget)];
        const costs = choices.map(({ cost }) => cost);
        expect(costs).toEqual([...costs].sort((a, b) => a - b));
        for (const { cost, options } of choices) expect(cost).toBe(total(options, "cost"));
        const positions = (options: readonly Option[]) =>
          options.map((chosen, stage) => stages[stage]!.indexOf(chosen)).join(" ");
        const found = choices.map(({ options }) => positions(options)).sort();
        expect(found).toEqual(enumerate(stages, budget).map(positions).sort());
      }),
      { numRuns: 300 },
    );
  });

  test("prefers the smaller of two first options at equal cost", () => {
    const large = { granules: 4, cost: 1 };
    const small = { granules: 2, cost: 1 };
    const choices = [...rankedChoices([[large, small]], 8)];
    expect(choices.map(({ options }) => options[0])).toEqual([small, large]);
  });

  test("has none when a stage has none, or the budget is too small", () => {
    const cheap = { granules: 3, cost: 1 };
    expect([...rankedChoices([[cheap], []], 10)]).toEqual([]);
    expect([...rankedChoices([[cheap], [cheap]], 5)]).toEqual([]);
  });

  test("finds the first of very many without listing them", () => {
    const stage = Array.from({ length: 100 }, (_, index) => ({
      granules: 1 + (index % 7),
      cost: 100 - index,
    }));
    const stages = new Array(8).fill(stage);
    const first = rankedChoices(stages, 200).next().value!;
    expect(first.cost).toBe(8);
    expect(first.options).toEqual(new Array(8).fill(stage[99]));
  });
});
