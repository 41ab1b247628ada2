/**
 * Values over time for a chart of a given number of points: rows as they are where they are few,
 * means over bins of time where they are many.
 */

import { bisectLeft } from "d3-array";
import { rowsWithin, type Segments } from "./segments.ts";

/** An interval of time and the most points that it is drawn with. */
export interface ChartWindow {
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

/** Samples of one GPU in order of time. */
export interface Samples {
  readonly time: Float64Array;
  readonly busy: Float64Array;
  readonly kv: Float64Array;
}

/** Samples, or the means of as many of them at a time as needed; times are of the last one. */
export function thinnedSamples({ time, busy, kv }: Samples, window: ChartWindow): Samples {
  const first = bisectLeft(time, window.from);
  // One more on the right: a sample is of the interval before it.
  const behind = Math.min(time.length, bisectLeft(time, window.to) + 1);
  const size = Math.max(1, Math.ceil((behind - first) / window.points));
  const count = Math.ceil((behind - first) / size);
  const thinned = {
    time: new Float64Array(count),
    busy: new Float64Array(count),
    kv: new Float64Array(count),
  };
  for (let point = 0; point < count; point++) {
    const start = first + point * size;
    const stop = Math.min(behind, start + size);
    for (let row = start; row < stop; row++) {
      thinned.busy[point]! += busy[row]! / (stop - start);
      thinned.kv[point]! += kv[row]! / (stop - start);
    }
    thinned.time[point] = time[stop - 1]!;
  }
  return thinned;
}

/** A replica's slowdown by bin: the mean over the time of its iterations, and the most. */
export interface BinnedSlowdown {
  /** NaN where no iteration ran. */
  readonly mean: Float64Array;
  readonly most: Float64Array;
}

/** Slowdown of a replica in as many bins as the window has points. */
export function binnedSlowdown(
  segments: Segments,
  replica: number,
  { from, to, points }: ChartWindow,
): BinnedSlowdown {
  const { start, end, slowdown } = segments;
  const width = (to - from) / points;
  const [weighted, time] = [new Float64Array(points), new Float64Array(points)];
  const most = new Float64Array(points).fill(Number.NaN);
  const [first, behind] = rowsWithin(segments, replica, [from, to]);
  for (let row = first; row < behind; row++) {
    const [left, right] = [(start[row]! - from) / width, (end[row]! - from) / width];
    const last = Math.min(Math.floor(right), points - 1);
    for (let bin = Math.max(0, Math.floor(left)); bin <= last; bin++) {
      const part = Math.min(right, bin + 1) - Math.max(left, bin);
      if (part <= 0) continue;
      weighted[bin]! += part * slowdown[row]!;
      time[bin]! += part;
      most[bin] = Number.isNaN(most[bin]!) ? slowdown[row]! : Math.max(most[bin]!, slowdown[row]!);
    }
  }
  return { mean: weighted.map((sum, bin) => sum / time[bin]!), most };
}
