/**
 * Draws the lanes of a run: for each replica a strip of pixel columns is painted once, and copied
 * to every GPU on which the replica runs.
 */

import type { RunDocument } from "../view-server/run-document.ts";
import type { SharpCanvas } from "./canvas.ts";
import { phaseColumns } from "./lane-data.ts";
import type { LaneLayout } from "./lane-layout.ts";
import { type ColumnScale, type PhaseColumns, paintColumns } from "./phase-columns.ts";
import { PHASE_COLOURS, pixelOf, type Theme } from "./theme.ts";
import type { TileStore } from "./tile-store.ts";
import type { TimeWindow } from "./time-window.ts";

/** Pixels between the tenants of a GPU. */
const TENANT_GAP = 1;

/** Paints strips and keeps their memory from frame to frame. */
export class LanePainter {
  readonly #run: RunDocument;
  readonly #tiles: TileStore;

  constructor(run: RunDocument, tiles: TileStore) {
    this.#run = run;
    this.#tiles = tiles;
  }

  /** Draws the lanes that are visible from `scrolled` pixels below the top of all. */
  draw(target: SharpCanvas, { layout, window, scrolled, theme }: DrawnLanes): void {
    const { context, width, height, ratio } = target;
    const scale = columnScale(window, Math.round(width * ratio));
    const idle = pixelOf(theme.idle);
    const colours = { phases: PHASE_COLOURS.map(pixelOf), idle };
    const columnsOf = new Map<number, PhaseColumns>();
    const strips = new Map<string, ImageData>();
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const lane of layout.lanes) {
      const top = lane.y - scrolled;
      if (top + lane.height < 0 || top > height) continue;
      context.fillStyle = theme.idle;
      context.fillRect(0, Math.round(top * ratio), scale.count, Math.round(lane.height * ratio));
      for (const [index, tenant] of lane.tenants.entries()) {
        const y = Math.round((top + tenant.top * lane.height) * ratio);
        const below = Math.round((top + (tenant.top + tenant.height) * lane.height) * ratio);
        const gap = index + 1 < lane.tenants.length ? Math.round(TENANT_GAP * ratio) : 0;
        const high = Math.max(1, below - y - gap);
        const key = `${tenant.replica}/${high}`;
        let strip = strips.get(key);
        if (strip === undefined) {
          const columns = columnsOf.get(tenant.replica) ?? this.#columnsOf(tenant.replica, scale);
          columnsOf.set(tenant.replica, columns);
          strip = new ImageData(scale.count, high);
          paintColumns(new Uint32Array(strip.data.buffer), columns, { height: high, colours });
          strips.set(key, strip);
        }
        context.putImageData(strip, 0, y);
      }
    }
    context.restore();
  }

  #columnsOf(replica: number, scale: ColumnScale): PhaseColumns {
    return phaseColumns({ detail: this.#run.detail, tiles: this.#tiles }, replica, scale);
  }
}

/** What is drawn. */
export interface DrawnLanes {
  readonly layout: LaneLayout;
  readonly window: TimeWindow;
  readonly scrolled: number;
  readonly theme: Theme;
}

/** Pixel columns of an interval. */
export function columnScale({ from, to }: TimeWindow, count: number): ColumnScale {
  return { from, perColumn: (to - from) / count, count };
}
