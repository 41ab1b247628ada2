/**
 * What is drawn of a replica in an interval: parts of phases by pixel column, at the level of
 * detail that the width of a pixel asks for, and the row under the pointer.
 */

import { bisectLeft } from "d3-array";
import type { ColumnMessage } from "../view-server/column-message.ts";
import { FULL_BIN, type LevelsOfDetail } from "../view-server/run-document.ts";
import {
  addBins,
  addRows,
  type ColumnScale,
  PHASE_COUNT,
  type PhaseColumns,
} from "./phase-columns.ts";
import type { TileStore } from "./tile-store.ts";

/** How an interval is drawn: from bins of a level, or from rows. */
export type DetailChoice =
  | { readonly kind: "bins"; readonly level: number }
  | { readonly kind: "rows" };

/** The coarsest bins that are no wider than a pixel; rows where even the finest are. */
export function chooseDetail(detail: LevelsOfDetail, perColumn: number): DetailChoice {
  if (perColumn < detail.binWidth) return { kind: "rows" };
  const level = Math.floor(Math.log2(perColumn / detail.binWidth) + 1e-9);
  return { kind: "bins", level: Math.min(level, detail.levels - 1) };
}

/** Tiles of a level that an interval touches: the first and the last. */
export function tilesOf(
  { bins, binWidth, tileBins }: LevelsOfDetail,
  level: number,
  { from, perColumn, count }: ColumnScale,
): [number, number] {
  const width = tileBins * binWidth * 2 ** level;
  const last = (bins >> level) / tileBins - 1;
  const tileAt = (time: number) => Math.min(last, Math.max(0, Math.floor(time / width)));
  return [tileAt(from), tileAt(from + count * perColumn)];
}

/** Parts of the phases of a replica by pixel column. */
export function phaseColumns(
  { detail, tiles }: { readonly detail: LevelsOfDetail; readonly tiles: TileStore },
  replica: number,
  scale: ColumnScale,
): PhaseColumns {
  const columns = new Float32Array(PHASE_COUNT * scale.count);
  const choice = chooseDetail(detail, scale.perColumn);
  const level = choice.kind === "rows" ? 0 : choice.level;
  const [first, last] = tilesOf(detail, level, scale);
  for (let tile = first; tile <= last; tile++) {
    const rows = choice.kind === "rows" ? tiles.rows(tile) : undefined;
    const width = detail.tileBins * detail.binWidth * 2 ** level;
    if (rows !== undefined) {
      const [low, high] = rowsOf(rows, replica);
      const clip = [tile * width, (tile + 1) * width] as const;
      addRows(columns, { ...rowColumns(rows), first: low, behind: high, clip }, scale);
      continue;
    }
    addFoundBins(columns, { detail, tiles, replica, level, tile }, scale);
  }
  return columns;
}

function addFoundBins(
  columns: PhaseColumns,
  wanted: {
    readonly detail: LevelsOfDetail;
    readonly tiles: TileStore;
    readonly replica: number;
    readonly level: number;
    readonly tile: number;
  },
  scale: ColumnScale,
): void {
  const { detail, tiles, replica, level, tile } = wanted;
  const found = tiles.bins(level, tile);
  if (found === undefined) return;
  // Of a coarser tile only the part that was asked for.
  const parts = 2 ** (found.level - level);
  const count = Math.max(1, detail.tileBins / parts);
  const skipped = Math.floor((tile % parts) * (detail.tileBins / parts));
  const width = detail.binWidth * 2 ** found.level;
  for (let phase = 0; phase < PHASE_COUNT; phase++) {
    const lane = replica * PHASE_COUNT + phase;
    const bins = {
      values: found.values,
      offset: lane * detail.tileBins + skipped,
      count,
      full: FULL_BIN,
      start: (found.tile * detail.tileBins + skipped) * width,
      width,
    };
    addBins(columns, phase, { bins, scale });
  }
}

function rowColumns({ columns }: ColumnMessage) {
  return {
    start: columns.start as Float64Array,
    end: columns.end as Float64Array,
    phase: columns.phase as Uint8Array,
  };
}

/** The rows of a replica in a tile, whose rows are in order of the replicas. */
function rowsOf({ columns }: ColumnMessage, replica: number): [number, number] {
  const replicas = columns.replica as Int32Array;
  return [bisectLeft(replicas, replica), bisectLeft(replicas, replica + 1)];
}

/** A row of `iterations`. */
export interface ShownRow {
  readonly phase: number;
  readonly start: number;
  readonly end: number;
  readonly iterations: number;
  readonly batch: number;
  readonly prefillTokens: number;
  readonly contextTokens: number;
  readonly slowdown: number;
}

/** The row of a replica at an instant, where rows are drawn; undefined where it was idle. */
export function rowAt(
  { detail, tiles }: { readonly detail: LevelsOfDetail; readonly tiles: TileStore },
  replica: number,
  time: number,
): ShownRow | undefined {
  const rows = tiles.rows(Math.floor(time / (detail.tileBins * detail.binWidth)));
  if (rows === undefined) return undefined;
  const [first, behind] = rowsOf(rows, replica);
  const { start, end } = rowColumns(rows);
  for (let row = first; row < behind; row++) {
    if (start[row]! > time || end[row]! <= time) continue;
    const value = (name: string) => rows.columns[name]![row]!;
    return {
      phase: value("phase"),
      start: start[row]!,
      end: end[row]!,
      iterations: value("iterations"),
      batch: value("batch"),
      prefillTokens: value("prefillTokens"),
      contextTokens: value("contextTokens"),
      slowdown: value("slowdown"),
    };
  }
  return undefined;
}
