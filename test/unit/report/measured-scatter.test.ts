import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { MAX_GROUPS } from "../../../src/report/group-style.ts";
import type { MeasuredGroup, MeasuredPair } from "../../../src/report/measured-errors.ts";
import { measuredScatter } from "../../../src/report/measured-scatter.ts";

/** Pairs over `decades`, with errors of both signs up to `error`. */
function spread(count: number, decades: number, error: number): MeasuredPair[] {
  return Array.from({ length: count }, (_, index) => {
    const measured = 10 ** ((decades * index) / Math.max(1, count - 1));
    return { measured, simulated: measured * (1 + error * Math.cos(7 * index)) };
  });
}

function draw(groups: readonly MeasuredGroup[], texts: { subtitle?: string } = {}): string {
  const unit = "ms";
  return measuredScatter({ title: "Decode", quantity: "iteration time", unit, groups, ...texts });
}

const one = (...points: MeasuredPair[]) => draw([{ name: "all", points }]);

function textsOf(svg: string): string[] {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  return [...document.querySelectorAll("text")].map(
    (text: { textContent: string }) => text.textContent,
  );
}

/** Where the dots of a kind are, in the order in which they are drawn. */
function dotsOf(svg: string, kind: "simulated" | "error" | "beyond"): string[] {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  const selector = kind === "error" ? ".error:not(.beyond)" : `.${kind}`;
  return [...document.querySelectorAll(selector)].flatMap(
    (group: { children: Iterable<{ outerHTML: string }> }) =>
      [...group.children].map(({ outerHTML }) => outerHTML),
  );
}

describe("measuredScatter", () => {
  test("draws every pair in both panels and every group in the legend", () => {
    const groups = [
      { name: "prefill", points: spread(30, 4, 0.05) },
      { name: "decode <b> & c", points: spread(20, 2, 0.2) },
      { name: "nothing", points: [] },
    ];
    const svg = draw(groups, { subtitle: "on an H100" });
    expect(dotsOf(svg, "simulated")).toHaveLength(50);
    expect(dotsOf(svg, "error")).toHaveLength(50);
    expect(dotsOf(svg, "beyond")).toHaveLength(0);
    const texts = textsOf(svg);
    expect(texts).toEqual(expect.arrayContaining(["Decode", "on an H100", "30", "20", "50"]));
    expect(texts).toEqual(expect.arrayContaining(groups.map(({ name }) => name)));
    expect(texts).toContain("Measured iteration time (ms)");
    expect(texts).toContain("Simulated iteration time (ms)");
    expect(texts.filter((text) => text.includes("left out"))).toEqual([]);
  });

  test("says how wrong each group and all of them are", () => {
    const texts = textsOf(
      draw([
        { name: "high", points: [{ measured: 10, simulated: 12 }] },
        { name: "low", points: [{ measured: 10, simulated: 9 }] },
        { name: "close", points: [{ measured: 10, simulated: 10.001 }] },
        { name: "exact", points: [{ measured: 10, simulated: 10 }] },
        { name: "none", points: [] },
      ]),
    );
    expect(texts).toEqual(
      expect.arrayContaining(["20.0 %", "10.0 %", "< 0.1 %", "0.0 %", "–", "7.5 %"]),
    );
    expect(textsOf(one({ measured: 1, simulated: 2 }))).not.toContain("all groups");
  });

  test("depends on its input alone, and on nothing outside itself", () => {
    const groups = [{ name: "a", points: spread(40, 3, 0.1) }];
    const svg = draw(groups);
    one({ measured: 1, simulated: 2 });
    expect(draw(groups)).toBe(svg);
    expect(svg).not.toMatch(/\sid=|<style|url\(|href|currentColor[^"]|NaN|undefined/);
    expect(svg.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  });

  test("has one scale on both axes, so that equal values lie on the diagonal", () => {
    const svg = draw([{ name: "equal", points: spread(9, 3, 0) }]);
    for (const dot of dotsOf(svg, "simulated")) {
      const [x, y] = ["cx", "cy"].map((name) =>
        Number(new RegExp(`${name}="([\\d.]+)"`).exec(dot)?.[1]),
      );
      // The frame: 60 to 466 across, 34 to 440 down.
      expect(x! - 60).toBeCloseTo(440 - y!, 1);
    }
  });

  test("leaves out what has no logarithm, and says so", () => {
    const good = { measured: 2, simulated: 3 };
    const bad = [
      { measured: 0, simulated: 1 },
      { measured: 1, simulated: -1 },
      { measured: Number.NaN, simulated: 1 },
      { measured: 1, simulated: Number.POSITIVE_INFINITY },
    ];
    const svg = one(good, ...bad);
    expect(dotsOf(svg, "simulated")).toHaveLength(1);
    expect(textsOf(svg).join("\n")).toContain("4 pairs are left out");
    expect(textsOf(one(good, bad[0]!)).join("\n")).toContain("1 pair is left out");
    expect(() => one(...bad)).toThrow(UserError);
    expect(() => draw([])).toThrow(UserError);
  });

  test.each([
    ["one pair", [{ measured: 5, simulated: 5.2 }]],
    ["pairs that are the same", Array(5).fill({ measured: 5, simulated: 5 })],
    ["a small spread", spread(9, 0.001, 1e-5)],
    ["tiny values", [{ measured: 1e-300, simulated: 2e-300 }]],
    ["many decades", spread(30, 200, 0.1)],
    ["an error of a million", [{ measured: 1, simulated: 1e6 }]],
  ])("draws %s", (_, points) => {
    const svg = one(...points);
    expect(dotsOf(svg, "simulated")).toHaveLength(points.length);
    expect(svg).not.toMatch(/NaN|Infinity/);
    const labels = textsOf(svg).filter((text) => /^[\d.,×⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+$/.test(text));
    expect(labels.length).toBeGreaterThanOrEqual(6);
  });

  test("puts a few outliers at the end of the axis and counts them", () => {
    const outliers = [
      { measured: 3, simulated: 30 },
      { measured: 4, simulated: 0.1 },
    ];
    const svg = one(...spread(200, 2, 0.1), ...outliers);
    expect(dotsOf(svg, "simulated")).toHaveLength(202);
    expect(dotsOf(svg, "error")).toHaveLength(200);
    const heights = dotsOf(svg, "beyond").map((dot) => /cy="([\d.]+)"/.exec(dot)?.[1]);
    expect(heights).toEqual(["34", "440"]);
    expect(textsOf(svg).filter((text) => text.startsWith("2 beyond ±"))).toHaveLength(1);
  });

  test("tells as many groups apart as it has styles", () => {
    const groups = Array.from({ length: MAX_GROUPS + 1 }, (_, index) => ({
      name: `group ${index}`,
      points: [{ measured: index + 1, simulated: index + 1.1 }],
    }));
    const svg = draw(groups.slice(0, MAX_GROUPS));
    expect(dotsOf(svg, "simulated")).toHaveLength(MAX_GROUPS);
    const looks = dotsOf(svg, "error").map((dot) =>
      dot.replace(/transform="[^"]*"|c[xy]="[^"]*"/g, ""),
    );
    expect(new Set(looks).size).toBe(MAX_GROUPS);
    expect(() => draw(groups)).toThrow(/more than/);
  });

  test("draws thousands of pairs in a small file", () => {
    const svg = draw(["a", "b", "c"].map((name) => ({ name, points: spread(1000, 4, 0.3) })));
    expect(dotsOf(svg, "simulated")).toHaveLength(3000);
    expect(svg.length).toBeLessThan(600_000);
  });
});
