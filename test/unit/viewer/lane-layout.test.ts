/** Lanes of GPUs, and the parts of their tenants. */

import { describe, expect, test } from "vitest";
import { laneAt, layOutLanes } from "../../../src/viewer/lane-layout.ts";

const gpus = ["node0", "node0", "node1"].map((node, index) => ({
  id: `${node}/gpu${index}`,
  node,
  type: "h100",
  memory: 80e9,
  busyMean: null,
  kvMost: null,
}));

const replica = (own: readonly number[], share: number) => {
  const rest = { llm: 0, memory: 1, joined: 0, left: null, busy: 0, slowdownMean: null };
  return { ...rest, gpus: own, share };
};

describe("lanes", () => {
  const replicas = [replica([0, 1], 0.5), replica([0], 0.25), replica([2], 1), replica([2], 1)];
  const layout = layOutLanes({ gpus, replicas }, 300);

  test("lie below one another, by node", () => {
    expect(layout.lanes.map(({ gpu }) => gpu)).toEqual([0, 1, 2]);
    expect(layout.nodes.map(({ name }) => name)).toEqual(["node0", "node1"]);
    for (const [index, lane] of layout.lanes.slice(1).entries()) {
      const above = layout.lanes[index]!;
      expect(lane.y).toBeGreaterThanOrEqual(above.y + above.height);
    }
    expect(layout.height).toBeLessThanOrEqual(300);
  });

  test("give tenants the height of their shares, and what is free to none", () => {
    expect(layout.lanes[0]!.tenants).toEqual([
      { replica: 0, top: 0, height: 0.5 },
      { replica: 1, top: 0.5, height: 0.25 },
    ]);
    const { y, height } = layout.lanes[0]!;
    expect(laneAt(layout, y + 0.6 * height)).toMatchObject({ tenant: { replica: 1 } });
    expect(laneAt(layout, y + 0.9 * height)!.tenant).toBeUndefined();
    expect(laneAt(layout, y + height)).toBeUndefined();
  });

  test("hold replicas that take turns beside one another", () => {
    expect(layout.lanes[2]!.tenants.map((tenant) => tenant.height)).toEqual([0.5, 0.5]);
  });

  test("are never too low to see, however many there are", () => {
    const many = Array.from({ length: 512 }, () => gpus[0]!);
    const own = many.map((_, gpu) => replica([gpu], 1));
    const { lanes, height } = layOutLanes({ gpus: many, replicas: own }, 300);
    expect(lanes).toHaveLength(512);
    expect(lanes[0]!.height).toBeGreaterThanOrEqual(8);
    expect(height).toBeGreaterThan(300);
  });

  test("of GPUs with the same tenants become one where there is no room for all", () => {
    const many = Array.from({ length: 32 }, (_, gpu) => ({ ...gpus[0]!, node: `n${gpu >> 3}` }));
    const groups = [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11],
      [12, 13, 14, 15, 16, 17, 18, 19],
    ];
    const layout32 = layOutLanes(
      { gpus: many, replicas: groups.map((own) => replica(own, 1)) },
      200,
    );
    expect(layout32.lanes.map(({ gpu, lastGpu }) => [gpu, lastGpu])).toEqual([
      [0, 7],
      [8, 11],
      [12, 15],
      [16, 19],
      [20, 23],
      [24, 31],
    ]);
    expect(layout32.height).toBeLessThanOrEqual(200);
  });
});
