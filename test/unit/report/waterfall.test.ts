import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { waterfall } from "../../../src/report/waterfall.ts";

const picture = {
  title: "a workload",
  subtitle: "what it is",
  quantity: "mean latency (s)",
  startName: "alp",
  steps: ["alone", "tools"],
  endName: "simulated",
  cases: [
    { name: "10 %", start: 4, values: [-1, 2], end: 5 },
    { name: "90 %", start: 8, values: [1, 1], end: 10 },
    { name: "95 %", start: 8, values: [0, 1], end: 9 },
  ],
};

/** Heights of the bars, panel by panel. */
const heightsOf = (svg: string) =>
  svg
    .split("<svg")
    .slice(2)
    .map((panel) => [...panel.matchAll(/<rect[^>]*height="([\d.]+)"/g)].map(([, h]) => Number(h)));

describe("waterfall", () => {
  const svg = waterfall(picture);

  test("names cases, ends and steps, with their values", () => {
    for (const text of ["a workload", "10 %", "90 %", "alp", "alone", "tools", "simulated"]) {
      expect(svg).toContain(`>${text}<`);
    }
    for (const label of ["−1", "+2", "4", "5", "10"]) expect(svg).toContain(`>${label}<`);
    expect(waterfall(picture)).toBe(svg);
  });

  test("draws bars as high as their values", () => {
    const [first, second] = heightsOf(svg);
    const unit = first![0]! / 4;
    const inUnits = [1, 2, 5].map((value) => value * unit);
    first!.slice(1).forEach((height, index) => {
      expect(height).toBeCloseTo(inUnits[index]!, 1);
    });
    expect(second).toHaveLength(4);
  });

  test("needs a case", () => {
    expect(() => waterfall({ ...picture, cases: [] })).toThrow(UserError);
  });
});
