/**
 * Rows of `iterations` made up from a seed, by replica and time.
 */

import { toArrowFile } from "../../../src/records/arrow-file.ts";
import { DictionaryColumn, Float64Column, Int32Column } from "../../../src/records/columns.ts";
import { ResultTable } from "../../../src/records/result-table.ts";
import { PHASES } from "../../../src/view-server/run-document.ts";
import { readSegments, type Segments } from "../../../src/view-server/segments.ts";

/** A row: replica, phase, start and end in seconds. */
export type MadeRow = readonly [replica: number, phase: string, start: number, end: number];

/** The rows as the server has them, and a slowdown of 1 + the phase's position. */
export async function segmentsOf(
  rows: readonly MadeRow[],
  replicaCount: number,
): Promise<Segments> {
  const columns = {
    replica: new Int32Column(),
    phase: new DictionaryColumn(),
    start_seconds: new Float64Column(),
    end_seconds: new Float64Column(),
    iterations: new Int32Column(),
    batch: new Int32Column(),
    prefill_tokens: new Int32Column(),
    context_tokens: new Int32Column(),
    slowdown: new Float64Column(),
  };
  rows.forEach(([replica, phase, start, end], row) => {
    columns.replica.append(replica);
    columns.phase.append(phase);
    columns.start_seconds.append(start);
    columns.end_seconds.append(end);
    for (const name of ["iterations", "batch", "prefill_tokens", "context_tokens"] as const) {
      columns[name].append(row);
    }
    columns.slowdown.append(1 + (PHASES as readonly string[]).indexOf(phase));
  });
  return readSegments(
    new ResultTable(await toArrowFile(columns), "iterations.arrow"),
    replicaCount,
  );
}

/** Rows of replicas in turn, with gaps, from a small generator of its own. */
export function manyRows(count: number, replicaCount: number): MadeRow[] {
  let state = 1;
  const chance = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const times = new Float64Array(replicaCount);
  return Array.from({ length: count }, (_, row) => {
    const replica = row % replicaCount;
    const start = times[replica]! + 0.4 * chance() ** 3;
    const end = start + 0.2 * chance();
    times[replica] = end;
    return [replica, PHASES[Math.floor(3 * chance())]!, start, end];
  });
}
