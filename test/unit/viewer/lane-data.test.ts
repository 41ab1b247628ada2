/**
 * What is drawn of a replica at any zoom, beside sums over the rows: the same from bins as from
 * rows, to the width of a pixel.
 */

import { describe, expect, test } from "vitest";
import type { ColumnMessage } from "../../../src/view-server/column-message.ts";
import { PhasePyramid } from "../../../src/view-server/phase-pyramid.ts";
import { PHASES } from "../../../src/view-server/run-document.ts";
import { rowsWithin, type Segments } from "../../../src/view-server/segments.ts";
import { chooseDetail, phaseColumns, rowAt, tilesOf } from "../../../src/viewer/lane-data.ts";
import type { ColumnScale } from "../../../src/viewer/phase-columns.ts";
import { type TileRequest, TileStore } from "../../../src/viewer/tile-store.ts";
import { type MadeRow, manyRows, segmentsOf } from "../view-server/made-segments.ts";

const REPLICAS = 2;
const rows = manyRows(20_000, REPLICAS);
const end = Math.max(...rows.map((row) => row[3]));
const segments = await segmentsOf(rows, REPLICAS);
const pyramid = new PhasePyramid(segments, end);
const { detail } = pyramid;

/** The rows that overlap a tile, as the server sends them. */
function rowMessage({ start, end: ends, phase, batch }: Segments, tile: number): ColumnMessage {
  const width = detail.tileBins * detail.binWidth;
  const found = Array.from({ length: REPLICAS }, (_, replica) => {
    const [first, behind] = rowsWithin(segments, replica, [tile * width, (tile + 1) * width]);
    return Array.from({ length: behind - first }, (_, index) => ({ replica, row: first + index }));
  }).flat();
  const columns = {
    replica: Int32Array.from(found, ({ replica }) => replica),
    phase: Uint8Array.from(found, ({ row }) => phase[row]!),
    start: Float64Array.from(found, ({ row }) => start[row]!),
    end: Float64Array.from(found, ({ row }) => ends[row]!),
    batch: Int32Array.from(found, ({ row }) => batch[row]!),
    iterations: Int32Array.from(found, () => 1),
    prefillTokens: Int32Array.from(found, () => 0),
    contextTokens: Int32Array.from(found, () => 0),
    slowdown: Float64Array.from(found, () => 1),
  };
  return { columns, texts: {} };
}

function answer(request: TileRequest): ColumnMessage {
  if (request.kind === "rows") return rowMessage(segments, request.tile);
  return { columns: { bins: pyramid.tile(request.level, request.tile)! }, texts: {} };
}

/** A store, what it asked for, and a wait until all has come. */
function createStore() {
  const asked: TileRequest[] = [];
  const failures: unknown[] = [];
  const tiles = new TileStore({
    detail,
    fetch: (request) => {
      asked.push(request);
      return Promise.resolve(answer(request));
    },
    onArrival: () => {},
    onFailure: (error) => failures.push(error),
  });
  return { tiles, asked, failures, arrive: () => new Promise((done) => setTimeout(done, 0)) };
}

function expectedPart(replica: number, phase: number, [from, to]: readonly [number, number]) {
  const own = (row: MadeRow) => row[0] === replica && row[1] === PHASES[phase];
  const seconds = rows.filter(own).reduce((sum, [, , start, stop]) => {
    return sum + Math.max(0, Math.min(stop, to) - Math.max(start, from));
  }, 0);
  return seconds / (to - from);
}

async function columnsAt(scale: ColumnScale) {
  const { tiles, arrive } = createStore();
  phaseColumns({ detail, tiles }, 1, scale);
  await arrive();
  return phaseColumns({ detail, tiles }, 1, scale);
}

describe("parts of phases by pixel", () => {
  test.each([
    ["the whole run", 0, 1],
    ["a tenth of it", 0.33, 0.1],
    ["some rows", 0.5004, 0.001],
  ])("sum to the rows' for %s", async (_, start, length) => {
    const scale = { from: start * end, perColumn: (length * end) / 300, count: 300 };
    const columns = await columnsAt(scale);
    // Bins are up to a pixel wide: their edges lie within pixels, so ten of these are compared.
    for (const x of [10, 150, 280]) {
      const edges = [scale.from + x * scale.perColumn, scale.from + (x + 10) * scale.perColumn];
      for (let phase = 0; phase < PHASES.length; phase++) {
        const own = columns.subarray(phase * 300 + x, phase * 300 + x + 10);
        const drawn = own.reduce((sum, part) => sum + part, 0) / 10;
        const expected = expectedPart(1, phase, edges as [number, number]);
        expect(Math.abs(drawn - expected)).toBeLessThan(0.1);
      }
    }
  });

  test("are the rows' own where a pixel is narrower than any bin", async () => {
    const scale = { from: 0.41 * end, perColumn: detail.binWidth / 7, count: 400 };
    expect(chooseDetail(detail, scale.perColumn)).toEqual({ kind: "rows" });
    const columns = await columnsAt(scale);
    for (let x = 0; x < scale.count; x += 13) {
      const from = scale.from + x * scale.perColumn;
      for (let phase = 0; phase < PHASES.length; phase++) {
        const expected = expectedPart(1, phase, [from, from + scale.perColumn]);
        expect(columns[phase * scale.count + x]).toBeCloseTo(expected, 4);
      }
    }
  });

  test("never exceed one pixel in all", async () => {
    for (const length of [1, 0.03, 0.0004]) {
      const count = 500;
      const columns = await columnsAt({
        from: 0.2 * end,
        perColumn: (length * end) / count,
        count,
      });
      for (let x = 0; x < count; x++) {
        const sum = [0, 1, 2].reduce((total, phase) => total + columns[phase * count + x]!, 0);
        expect(sum).toBeLessThanOrEqual(1.001);
      }
    }
  });
});

describe("levels of detail", () => {
  test("have bins no wider than a pixel, and more than half as wide", () => {
    for (const perColumn of [1, 1.5, 3.99, 4].map((bins) => bins * detail.binWidth)) {
      const choice = chooseDetail(detail, perColumn);
      const width = choice.kind === "rows" ? 0 : detail.binWidth * 2 ** choice.level;
      expect(width).toBeLessThanOrEqual(perColumn);
      expect(width).toBeGreaterThan(perColumn / 2);
    }
    expect(chooseDetail(detail, 1e9)).toEqual({ kind: "bins", level: detail.levels - 1 });
  });

  test("ask for the tiles of the interval alone", async () => {
    const { tiles, asked, arrive } = createStore();
    const scale = { from: 0.5 * end, perColumn: detail.binWidth, count: 1200 };
    phaseColumns({ detail, tiles }, 0, scale);
    phaseColumns({ detail, tiles }, 1, scale);
    await arrive();
    const [first, last] = tilesOf(detail, 0, scale);
    expect(asked).toHaveLength(last - first + 1);
    expect(last - first).toBeLessThanOrEqual(2);
  });

  test("stand in for one another until the finer one is there", async () => {
    const { tiles, arrive } = createStore();
    tiles.bins(detail.levels - 1, 0);
    await arrive();
    const found = tiles.bins(0, 3)!;
    expect(found).toMatchObject({ level: detail.levels - 1, tile: 0 });
    const scale = { from: 0.4 * end, perColumn: detail.binWidth, count: 1000 };
    const standIn = phaseColumns({ detail, tiles }, 0, scale);
    const sum = standIn.reduce((total, part) => total + part, 0) / scale.count;
    const span = [scale.from, scale.from + scale.count * scale.perColumn] as const;
    const expected = [0, 1, 2].reduce((total, phase) => total + expectedPart(0, phase, span), 0);
    expect(sum).toBeCloseTo(expected, 1);
  });

  test("are given up when the server is gone, and say so once", async () => {
    const failures: unknown[] = [];
    const fetch = () => Promise.reject(new Error("gone"));
    const onFailure = (error: unknown) => failures.push(error);
    const tiles = new TileStore({ detail, fetch, onArrival: () => {}, onFailure });
    for (let frame = 0; frame < 5; frame++) {
      tiles.rows(0);
      await new Promise((done) => setTimeout(done, 0));
    }
    expect(failures).toHaveLength(1);
  });
});

test("the row under the pointer is the one at that instant", async () => {
  const { tiles, arrive } = createStore();
  const row = 12_345;
  const [replica, phase, start, stop] = rows[row]!;
  rowAt({ detail, tiles }, replica, (start + stop) / 2);
  await arrive();
  const found = rowAt({ detail, tiles }, replica, (start + stop) / 2);
  expect(found).toMatchObject({ start, end: stop, batch: row });
  expect(PHASES[found!.phase]).toBe(phase);
});
