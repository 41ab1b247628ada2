/**
 * How busy the GPUs were over time: a row a GPU, or a node where there are many, a cell a part of
 * the run. Cells that look alike are drawn as one.
 */

import * as Plot from "@observablehq/plot";
import type { ClusterDocument } from "../records/result-documents.ts";
import { drawChart } from "./plot-picture.ts";
import type { GpuColumns, SimulatedRun } from "./run-data.ts";
import { shortenText } from "./text-width.ts";

/** The colours of an idle and of a busy GPU. */
export const BUSY_COLOURS = ["#e8eef5", "#08457e"] as const;

const WIDTH = 1200;
const BINS = 150;
const MOST_ROWS = 64;
/** Steps of the colour. */
const LEVELS = 20;

/** Cells of one row of the picture: from and to in seconds, and the part of the SMs at work. */
export interface BusyCell {
  readonly row: number;
  readonly from: number;
  readonly to: number;
  readonly busy: number;
}

/** The rows of the picture, and their cells. */
export interface BusyRows {
  readonly names: readonly string[];
  readonly cells: readonly BusyCell[];
}

/** The heat map. */
export function gpuFigure(simulated: SimulatedRun, cluster: ClusterDocument): string {
  const { names, cells } = busyRows(simulated.gpus, cluster, simulated.summary.duration_seconds);
  const height = Math.max(10, Math.min(20, 480 / names.length));
  return drawChart({
    width: WIDTH,
    height: 54 + names.length * height,
    marginBottom: 44,
    marginLeft: 100,
    marginTop: 10,
    marginRight: 20,
    x: { label: "simulated time (s) →", domain: [0, simulated.summary.duration_seconds] },
    y: { domain: [names.length, 0], axis: null },
    color: { type: "linear", domain: [0, 1], range: [...BUSY_COLOURS] },
    marks: [
      Plot.rect(cells, {
        x1: "from",
        x2: "to",
        y1: "row",
        y2: ({ row }) => row + 1,
        fill: "busy",
        insetTop: 0.5,
        insetBottom: 0.5,
      }),
      Plot.text(names, {
        frameAnchor: "left",
        y: (_, row) => row + 0.5,
        text: (name) => shortenText(name, 11, 92),
        textAnchor: "end",
        dx: -6,
        fontSize: Math.min(11, height),
      }),
    ],
  });
}

/** Samples as cells: means of what falls into a bin, alike neighbours joined. */
export function busyRows(
  { names, gpu, time, busy }: GpuColumns,
  cluster: ClusterDocument,
  duration: number,
): BusyRows {
  const nodes = new Map(cluster.gpus.map(({ id, node }) => [id, node]));
  const rowNames = names.length <= MOST_ROWS ? names : [...new Set(nodes.values())];
  const rowOf = names.map((name) =>
    names.length <= MOST_ROWS ? rowNames.indexOf(name) : rowNames.indexOf(nodes.get(name) ?? ""),
  );
  // A sample is of the interval up to its time: the one at 0 is of nothing.
  const bins = Math.min(BINS, Math.max(1, Math.ceil(busy.length / names.length) - 1));
  const sums = new Float64Array(rowNames.length * bins);
  const counts = new Float64Array(sums.length);
  busy.forEach((value, sample) => {
    const row = rowOf[gpu[sample]!]!;
    if (row < 0 || time[sample]! === 0) return;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil((time[sample]! / duration) * bins) - 1));
    sums[row * bins + bin]! += Math.min(value, 1);
    counts[row * bins + bin]! += 1;
  });
  const cells: BusyCell[] = [];
  for (let row = 0; row < rowNames.length; row++) {
    const levels = Array.from({ length: bins }, (_, bin) => {
      const at = row * bins + bin;
      return Math.round((LEVELS * sums[at]!) / counts[at]!) / LEVELS;
    });
    // A bin that no sample falls into is in the interval of the next one.
    for (let bin = bins - 2; bin >= 0; bin--) {
      if (Number.isNaN(levels[bin])) levels[bin] = levels[bin + 1]!;
    }
    for (let bin = 0, from = 0; bin < bins; bin++) {
      if (bin + 1 < bins && Object.is(levels[bin + 1], levels[bin])) continue;
      const [start, end] = [(from / bins) * duration, ((bin + 1) / bins) * duration];
      if (!Number.isNaN(levels[bin])) cells.push({ row, from: start, to: end, busy: levels[bin]! });
      from = bin + 1;
    }
  }
  return { names: rowNames, cells };
}
