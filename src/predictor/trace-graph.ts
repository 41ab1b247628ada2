/**
 * Who waited for whom in a recorded execution, from times alone: a recorder in front of the LLMs
 * sees calls and tools begin and end, and no program. What begins while nothing runs has waited for
 * all that ended and was followed by nothing yet (a join); while others run, for what ended last,
 * where several ended and begin at one instant each for one of them in order. What begins after
 * nothing has ended since the beginning before it was begun together with that (a fan-out).
 * Left out: a join of some branches while others run is taken for a wait for the last of them.
 */

/** Something with a beginning and an end. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** For each of `intervals`, which are in order of start: the earlier ones that it waited for. */
export function inferPredecessors(intervals: readonly Interval[]): (readonly number[])[] {
  const byEnd = intervals.map((_, position) => position);
  byEnd.sort((a, b) => intervals[a]!.end - intervals[b]!.end || a - b);
  /** Ended, and followed by nothing yet. */
  const open = new Set<number>();
  const found: (readonly number[])[] = [];
  let ended = 0;
  /** Ended at the last instant at which something did, and not yet matched at this beginning. */
  let candidates: number[] = [];
  let instant = -Infinity;
  for (let position = 0; position < intervals.length; position++) {
    const { start } = intervals[position]!;
    const endedBefore = ended;
    while (ended < position && byEnd[ended]! < position) {
      const next = byEnd[ended]!;
      const { end } = intervals[next]!;
      if (end > start) break;
      if (ended === endedBefore || end > instant) candidates = [];
      instant = end;
      candidates.push(next);
      open.add(next);
      ended++;
    }
    let predecessors = found.at(-1) ?? [];
    if (ended > endedBefore && ended === position) {
      predecessors = [...open];
      candidates = [];
    } else if (candidates.length > 0) {
      predecessors = [candidates.shift()!];
    }
    const next = intervals[position + 1];
    if (next === undefined || next.start > start) candidates = [];
    for (const predecessor of predecessors) open.delete(predecessor);
    found.push(predecessors);
  }
  return found;
}
