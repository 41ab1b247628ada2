/**
 * What part of each pixel column of a lane every phase takes: from bins where many rows fall into
 * a pixel, from rows where few do. Work is bounded by the pixels, not by the rows of the run.
 */

/** Phases that are drawn, as the server numbers them. */
export const PHASE_COUNT = 3;

/** Parts by phase and pixel column: [phase × column], each 0 to 1. */
export type PhaseColumns = Float32Array;

/** Where pixel columns are in time: column x is from `from + x·perColumn`. */
export interface ColumnScale {
  readonly from: number;
  readonly perColumn: number;
  readonly count: number;
}

/** Bins in a row of one phase of one replica. */
export interface BinRun {
  readonly values: Float32Array | Uint16Array;
  /** Of the first value in `values`. */
  readonly offset: number;
  readonly count: number;
  /** What a full bin holds. */
  readonly full: number;
  /** Start of the first bin, and the width of each. */
  readonly start: number;
  readonly width: number;
}

/** Adds the bins of a phase to its columns. */
export function addBins(
  columns: PhaseColumns,
  phase: number,
  { bins, scale }: { readonly bins: BinRun; readonly scale: ColumnScale },
): void {
  const { values, offset, count, full, start, width } = bins;
  const perBin = width / scale.perColumn;
  const origin = (start - scale.from) / scale.perColumn;
  const firstBin = Math.max(0, Math.floor(-origin / perBin));
  const lastBin = Math.min(count, Math.ceil((scale.count - origin) / perBin));
  const base = phase * scale.count;
  for (let bin = firstBin; bin < lastBin; bin++) {
    const part = values[offset + bin]! / full;
    if (part === 0) continue;
    const left = Math.max(0, origin + bin * perBin);
    const right = Math.min(scale.count, origin + (bin + 1) * perBin);
    addSpan(columns, base, { left, right, part });
  }
}

/** Rows of one replica. */
export interface RowRun {
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly phase: Uint8Array;
  /** Rows from `first` to before `behind`. */
  readonly first: number;
  readonly behind: number;
  /** What lies outside is left out. */
  readonly clip: readonly [number, number];
}

/** Adds rows to the columns of their phases. */
export function addRows(columns: PhaseColumns, rows: RowRun, scale: ColumnScale): void {
  const [low, high] = rows.clip;
  for (let row = rows.first; row < rows.behind; row++) {
    const start = Math.max(low, rows.start[row]!);
    const end = Math.min(high, rows.end[row]!);
    const left = Math.max(0, (start - scale.from) / scale.perColumn);
    const right = Math.min(scale.count, (end - scale.from) / scale.perColumn);
    addSpan(columns, rows.phase[row]! * scale.count, { left, right, part: 1 });
  }
}

/** Adds `part` of the columns from `left` to `right`, which need not be whole. */
function addSpan(
  columns: PhaseColumns,
  base: number,
  { left, right, part }: { left: number; right: number; part: number },
): void {
  if (right <= left) return;
  const first = Math.floor(left);
  const last = Math.ceil(right) - 1;
  if (first === last) {
    columns[base + first]! += part * (right - left);
    return;
  }
  columns[base + first]! += part * (first + 1 - left);
  for (let column = first + 1; column < last; column++) columns[base + column]! += part;
  columns[base + last]! += part * (right - last);
}

/** Colours of a lane as 0xAABBGGRR: of each phase, and of what is left. */
export interface LaneColours {
  readonly phases: readonly number[];
  readonly idle: number;
}

/** From the bottom up: what there is most of first. */
const STACK = [2, 1, 0] as const;

/**
 * Paints columns as a picture of `height` rows: within a column phases are stacked, and the height
 * of each is its part of the time.
 */
export function paintColumns(
  pixels: Uint32Array,
  columns: PhaseColumns,
  { height, colours }: { readonly height: number; readonly colours: LaneColours },
): void {
  const width = columns.length / PHASE_COUNT;
  pixels.fill(colours.idle, 0, width * height);
  for (let x = 0; x < width; x++) {
    let bottom = 0;
    for (const phase of STACK) {
      const part = columns[phase * width + x]!;
      if (part <= 0) continue;
      const top = Math.min(height, bottom + part * height);
      const colour = colours.phases[phase]!;
      paintSpan(pixels, { x, width, height, bottom, top, colour, idle: colours.idle });
      bottom = top;
    }
  }
}

/** Paints from `bottom` to `top` above the lower edge; edges within a pixel are mixed. */
function paintSpan(
  pixels: Uint32Array,
  span: {
    readonly x: number;
    readonly width: number;
    readonly height: number;
    readonly bottom: number;
    readonly top: number;
    readonly colour: number;
    readonly idle: number;
  },
): void {
  const { x, width, height, bottom, top, colour, idle } = span;
  for (let y = Math.floor(bottom); y < top; y++) {
    const covered = Math.min(top, y + 1) - Math.max(bottom, y);
    const at = (height - 1 - y) * width + x;
    pixels[at] = covered >= 0.999 ? colour : mixed(pixels[at]!, { colour, idle, covered });
  }
}

/** A pixel of which `covered`, idle so far, gets a colour. */
function mixed(
  pixel: number,
  { colour, idle, covered }: { colour: number; idle: number; covered: number },
): number {
  let result = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const change = (((colour >>> shift) & 255) - ((idle >>> shift) & 255)) * covered;
    const value = ((pixel >>> shift) & 255) + change;
    result |= Math.min(255, Math.max(0, Math.round(value))) << shift;
  }
  return result >>> 0;
}
