/**
 * Where the names of lines go: right of their last points, in the order of these, moved up or down
 * by as little as lets none lie on another.
 */

/** A name that is to stand right of a point; pixels. */
export interface LabelAnchor {
  /** Where the text begins, if it is not moved. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The heights at which labels stand, from `top` to `bottom` at `lineHeight` from one another. */
export function labelHeights(
  labels: readonly LabelAnchor[],
  { top, bottom, lineHeight }: { top: number; bottom: number; lineHeight: number },
): number[] {
  const heights = labels.map(({ y }) => y);
  for (const group of overlapping(labels)) {
    const wanted = group.map((index) => labels[index]!.y);
    const placed = within(spaced(wanted, lineHeight), { top, bottom, lineHeight });
    for (const [position, index] of group.entries()) heights[index] = placed[position]!;
  }
  return heights;
}

/** Ascending heights pushed inside the area; where there is no room they pass its top. */
function within(
  heights: readonly number[],
  { top, bottom, lineHeight }: { top: number; bottom: number; lineHeight: number },
): number[] {
  const pushed: number[] = [];
  for (const height of heights) {
    pushed.push(Math.max(height, (pushed.at(-1) ?? top - lineHeight) + lineHeight));
  }
  let limit = bottom;
  for (let index = pushed.length - 1; index >= 0; index--) {
    pushed[index] = Math.min(pushed[index]!, limit);
    limit = pushed[index]! - lineHeight;
  }
  return pushed;
}

/** Labels that share columns of pixels, directly or through others; each group from above. */
function overlapping(labels: readonly LabelAnchor[]): number[][] {
  const byStart = [...labels.keys()].sort((a, b) => labels[a]!.x - labels[b]!.x);
  const groups: number[][] = [];
  let reached = Number.NEGATIVE_INFINITY;
  for (const index of byStart) {
    const { x, width } = labels[index]!;
    if (x >= reached) groups.push([]);
    groups.at(-1)!.push(index);
    reached = Math.max(reached, x + width);
  }
  return groups.map((group) => group.sort((a, b) => labels[a]!.y - labels[b]!.y || a - b));
}

/**
 * Ascending values at least `distance` apart, as near as possible to the wanted ones, which ascend
 * (least squares, by pooling neighbours that violate the order).
 */
function spaced(wanted: readonly number[], distance: number): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const [index, value] of wanted.entries()) {
    let block = { sum: value - index * distance, count: 1 };
    while (blocks.length > 0 && meanOf(blocks.at(-1)!) >= meanOf(block)) {
      const before = blocks.pop()!;
      block = { sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  }
  return blocks
    .flatMap((block) => Array.from({ length: block.count }, () => meanOf(block)))
    .map((value, index) => value + index * distance);
}

function meanOf({ sum, count }: { sum: number; count: number }): number {
  return sum / count;
}
