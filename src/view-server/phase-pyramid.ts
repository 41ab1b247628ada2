/**
 * How the time of each replica went, phase by phase, in bins of time: at level 0 about as many bins
 * as the busiest replica has rows, at each further level half as many. A picture of any interval
 * then needs no more bins than it has pixels, however many rows the table has.
 */

import { FULL_BIN, type LevelsOfDetail, PHASES } from "./run-document.ts";
import type { Segments } from "./segments.ts";

const TILE_BINS = 1024;

/** More bins at level 0 than this over all replicas are not made; rows are drawn there instead. */
const MOST_BINS = 2 ** 22;

/** Bins of time by replica. */
export class PhasePyramid {
  readonly detail: LevelsOfDetail;
  readonly #replicaCount: number;
  /** By level: [replica × phase × bin], in parts of FULL_BIN. */
  readonly #levels: Uint16Array[] = [];

  /** Of a run that ends at `end` seconds. */
  constructor(segments: Segments, end: number) {
    this.#replicaCount = segments.first.length - 1;
    const bins = baseBins(segments);
    const levels = Math.log2(bins / TILE_BINS) + 1;
    const binWidth = Math.max(end, Number.MIN_VALUE) / bins;
    this.detail = { levels, bins, binWidth, tileBins: TILE_BINS };
    for (let level = 0; level < levels; level++) {
      const count = bins >> level;
      this.#levels.push(new Uint16Array(this.#replicaCount * PHASES.length * count));
    }
    for (let replica = 0; replica < this.#replicaCount; replica++) {
      for (let phase = 0; phase < PHASES.length; phase++) {
        this.#fill(
          replica * PHASES.length + phase,
          timeInBins(segments, replica, phase, this.detail),
        );
      }
    }
  }

  /** The bins of a tile: [replica × phase × bin]; undefined where there is none. */
  tile(level: number, index: number): Uint16Array | undefined {
    const values = this.#levels[level];
    const count = this.detail.bins >> level;
    if (values === undefined || !(index >= 0 && (index + 1) * TILE_BINS <= count)) return undefined;
    const lanes = this.#replicaCount * PHASES.length;
    const tile = new Uint16Array(lanes * TILE_BINS);
    for (let lane = 0; lane < lanes; lane++) {
      const start = lane * count + index * TILE_BINS;
      tile.set(values.subarray(start, start + TILE_BINS), lane * TILE_BINS);
    }
    return tile;
  }

  /** Stores a lane at all levels; `parts` are of level 0 and are overwritten. */
  #fill(lane: number, parts: Float32Array): void {
    this.#levels.forEach((values, level) => {
      const count = this.detail.bins >> level;
      for (let bin = 0; bin < count; bin++) {
        if (level > 0) parts[bin] = (parts[2 * bin]! + parts[2 * bin + 1]!) / 2;
        values[lane * count + bin] = Math.round(Math.min(1, parts[bin]!) * FULL_BIN);
      }
    });
  }
}

/** A power of two, and whole tiles. */
function baseBins({ first }: Segments): number {
  const replicaCount = Math.max(1, first.length - 1);
  let mostRows = TILE_BINS;
  for (let replica = 0; replica + 1 < first.length; replica++) {
    mostRows = Math.max(mostRows, first[replica + 1]! - first[replica]!);
  }
  const most = Math.max(TILE_BINS, MOST_BINS / replicaCount);
  return 2 ** Math.floor(Math.log2(Math.min(mostRows, most)));
}

/** By bin of level 0: the part of it that the phase took. */
function timeInBins(
  { first, start, end, phase: phases }: Segments,
  replica: number,
  phase: number,
  { bins, binWidth }: LevelsOfDetail,
): Float32Array {
  const parts = new Float32Array(bins);
  for (let row = first[replica]!; row < first[replica + 1]!; row++) {
    if (phases[row] !== phase) continue;
    const [from, to] = [start[row]! / binWidth, end[row]! / binWidth];
    const last = Math.min(Math.floor(to), bins - 1);
    for (let bin = Math.floor(from); bin <= last; bin++) {
      parts[bin]! += Math.min(to, bin + 1) - Math.max(from, bin);
    }
  }
  return parts;
}
