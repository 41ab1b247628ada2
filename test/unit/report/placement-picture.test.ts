import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { placementPicture } from "../../../src/report/placement-picture.ts";

const picture = {
  title: "swe-agent on 1x2",
  subtitle: "planned by scepsy",
  nodes: ["node0"],
  llms: ["planner", "coder"],
  gpus: [
    {
      node: 0,
      domain: 0,
      tenants: [
        { llm: 0, share: 0.5, memory: 0.4 },
        { llm: 1, share: 0.25, memory: 0.3, tpGroup: 1 },
      ],
    },
    { node: 0, domain: 0, tenants: [] },
  ],
};

describe("placementPicture", () => {
  test("names the LLMs, nodes, shares and TP groups", () => {
    const svg = placementPicture(picture);
    for (const text of ["swe-agent on 1x2", "planner", "coder", "node0", "50 %", "#1"]) {
      expect(svg).toContain(`>${text}<`);
    }
    expect(placementPicture(picture)).toBe(svg);
  });

  test("fills boxes by share and bars by memory", () => {
    const svg = placementPicture(picture);
    const widths = [...svg.matchAll(/<rect [^>]*?\bwidth="([\d.]+)"/g)].map(([, width]) => width);
    // Boxes are 112 wide: a half and a quarter, and 0.4 and 0.3 below.
    expect(widths).toEqual(expect.arrayContaining(["56", "28", "44.8", "33.6"]));
  });

  test("grows with the cluster", () => {
    const gpus = Array.from({ length: 128 }, (_, index) => {
      return { node: Math.floor(index / 8), domain: Math.floor(index / 4), tenants: [] };
    });
    const nodes = Array.from({ length: 16 }, (_, index) => `node${index}`);
    const heightOf = (svg: string) => Number(/height="([\d.]+)"/.exec(svg)![1]);
    const large = heightOf(placementPicture({ ...picture, nodes, gpus }));
    expect(large).toBeGreaterThan(5 * heightOf(placementPicture(picture)));
  });

  test("needs a GPU", () => {
    expect(() => placementPicture({ ...picture, gpus: [] })).toThrow(UserError);
  });
});
