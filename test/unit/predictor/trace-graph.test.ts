/** Who waited for whom, from times alone. */

import { describe, expect, test } from "vitest";
import { inferPredecessors } from "../../../src/predictor/trace-graph.ts";

const found = (...times: (readonly [number, number])[]) =>
  inferPredecessors(times.map(([start, end]) => ({ start, end })));

describe("inferPredecessors", () => {
  test("of a chain are the ones before", () => {
    expect(found([0, 1], [1, 2], [2.5, 3])).toEqual([[], [0], [1]]);
  });

  test("of a fan-out are all the one before it, of its join all of it", () => {
    const graph = found([0, 1], [1, 2], [1, 4], [1, 3], [4, 5], [5, 6]);
    expect(graph[1]).toEqual([0]);
    expect(graph[2]).toEqual([0]);
    expect(graph[3]).toEqual([0]);
    expect(new Set(graph[4])).toEqual(new Set([1, 2, 3]));
    expect(graph[5]).toEqual([4]);
  });

  test("of branches that go on while others run are what ended last", () => {
    // Two branches of two each, side by side, and a join.
    const graph = found([0, 2], [0, 3], [2, 5], [3, 4], [5, 6]);
    expect(graph.slice(0, 4)).toEqual([[], [], [0], [1]]);
    expect(new Set(graph[4])).toEqual(new Set([2, 3]));
  });

  test("are matched in order where several end and begin at one instant", () => {
    expect(found([0, 9], [0, 2], [0, 2], [2, 3], [2, 4]).slice(3)).toEqual([[1], [2]]);
  });

  test("take what ends at once for ended before what begins then", () => {
    expect(found([0, 0], [0, 1], [1, 1], [1, 2])).toEqual([[], [0], [1], [2]]);
  });
});
