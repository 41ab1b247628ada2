/**
 * The parts of a run's timeline that the page has: tiles of bins and tiles of rows, asked for when
 * they are first needed. Until a tile is there a coarser one stands in for it, so that no picture
 * waits. The tiles used last are kept.
 */

import type { ColumnMessage, NumberColumn } from "../view-server/column-message.ts";
import type { LevelsOfDetail } from "../view-server/run-document.ts";

/** Tiles that are kept of each kind: a screen needs a handful at each level. */
const KEPT_TILES = 96;

/** Asks for a tile of bins (`level`) or of rows. */
export type TileRequest =
  | { readonly kind: "bins"; readonly level: number; readonly tile: number }
  | { readonly kind: "rows"; readonly tile: number };

/** A tile of bins, which may be a coarser one, of which `part` shows what was asked for. */
export interface FoundBins {
  /** [replica × phase × bin] */
  readonly values: Uint16Array;
  readonly level: number;
  readonly tile: number;
}

/** The tiles of one run. */
export class TileStore {
  readonly #detail: LevelsOfDetail;
  readonly #fetch: (request: TileRequest) => Promise<ColumnMessage>;
  readonly #onArrival: () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #kept = new Map<string, ColumnMessage>();
  readonly #coming = new Set<string>();

  constructor(options: {
    readonly detail: LevelsOfDetail;
    readonly fetch: (request: TileRequest) => Promise<ColumnMessage>;
    readonly onArrival: () => void;
    readonly onFailure: (error: unknown) => void;
  }) {
    this.#detail = options.detail;
    this.#fetch = options.fetch;
    this.#onArrival = options.onArrival;
    this.#onFailure = options.onFailure;
  }

  /** The tile, or the finest coarser one that is there; the missing one is asked for. */
  bins(level: number, tile: number): FoundBins | undefined {
    for (let above = level; above < this.#detail.levels; above++) {
      const index = tile >> (above - level);
      const found = this.#get({ kind: "bins", level: above, tile: index }, above === level);
      if (found === undefined) continue;
      const values = found.columns.bins as NumberColumn as Uint16Array;
      return { values, level: above, tile: index };
    }
    return undefined;
  }

  /** The rows that overlap a tile of level 0; undefined until they are there. */
  rows(tile: number): ColumnMessage | undefined {
    return this.#get({ kind: "rows", tile }, true);
  }

  #get(request: TileRequest, isAskedFor: boolean): ColumnMessage | undefined {
    const key = JSON.stringify(request);
    const found = this.#kept.get(key);
    if (found !== undefined) {
      this.#keep(key, found);
    } else if (isAskedFor && !this.#coming.has(key)) {
      this.#ask(key, request);
    }
    return found;
  }

  #ask(key: string, request: TileRequest): void {
    this.#coming.add(key);
    this.#fetch(request).then(
      (message) => {
        this.#coming.delete(key);
        this.#keep(key, message);
        this.#onArrival();
      },
      // It stays among those that come: a server that is gone is not asked again and again.
      (error: unknown) => this.#onFailure(error),
    );
  }

  /** As the one used last. */
  #keep(key: string, message: ColumnMessage): void {
    this.#kept.delete(key);
    this.#kept.set(key, message);
    if (this.#kept.size <= KEPT_TILES) return;
    // The whole run at its coarsest is always there to stand in.
    const coarsest = JSON.stringify({ kind: "bins", level: this.#detail.levels - 1, tile: 0 });
    for (const oldest of this.#kept.keys()) {
      if (oldest === coarsest) continue;
      this.#kept.delete(oldest);
      return;
    }
  }
}
