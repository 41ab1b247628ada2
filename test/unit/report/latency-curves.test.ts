import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { type LatencyCurve, latencyCurves } from "../../../src/report/latency-curves.ts";

function curve(name: string, peak: number | null, changes: object = {}): LatencyCurve {
  const points = [1, 2, 3].map((rate) => {
    const interval = [0.9 * rate, 1.2 * rate] as const;
    return { rate, latency: rate, interval, isStable: true, ...changes };
  });
  return { name, peak, points };
}

const draw = (...curves: LatencyCurve[]) =>
  latencyCurves({ title: "Title", subtitle: "Subtitle", curves });

function count(svg: string, selector: string): number {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  return [...document.querySelectorAll(selector)].reduce(
    (sum, group: { children: { length: number } }) => sum + group.children.length,
    0,
  );
}

describe("latencyCurves", () => {
  test("draws every point, and names every planner with its peak", () => {
    const svg = draw(curve("scepsy", 3.25), curve("user", 2), curve("never", null))!;
    expect(count(svg, ".point")).toBe(9);
    for (const text of ["Title", "Subtitle", "scepsy", "3.25/s", "user", "2.00/s", "never", "–"]) {
      expect(svg).toContain(`>${text}<`);
    }
    expect(svg).not.toContain("not stable");
  });

  test("shows hollow what is not stable, and says so", () => {
    const svg = draw(curve("scepsy", 3), curve("user", 2, { isStable: false }))!;
    expect(count(svg, ".unstable")).toBe(3);
    expect(svg).toContain("not stable");
  });

  test("leaves out points without a latency; without any there is no picture", () => {
    const empty = curve("user", null, { latency: null, interval: null });
    expect(count(draw(curve("scepsy", 3), empty)!, ".point")).toBe(3);
    expect(draw(empty)).toBeNull();
    expect(draw({ name: "never", peak: null, points: [] })).toBeNull();
  });

  test("depends on its input alone", () => {
    expect(draw(curve("a", 1))).toBe(draw(curve("a", 1)));
  });
});
