/**
 * The table `iterations` in memory: its rows by replica and time, so that what lies in an interval
 * is a range of rows.
 */

import { bisectLeft, bisectRight } from "d3-array";
import { UserError } from "../errors.ts";
import type { ResultTable } from "../records/result-table.ts";
import { PHASES } from "./run-document.ts";

/** Rows of `iterations`; those of replica r are from `first[r]` to before `first[r + 1]`. */
export interface Segments {
  readonly first: Uint32Array;
  /** Seconds, ascending within a replica. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Position in PHASES. */
  readonly phase: Uint8Array;
  readonly iterations: Int32Array;
  readonly batch: Int32Array;
  readonly prefillTokens: Int32Array;
  readonly contextTokens: Int32Array;
  readonly slowdown: Float64Array;
}

/** Reads the table of a run with this many replicas. */
export function readSegments(table: ResultTable, replicaCount: number): Segments {
  const replicas = table.numbers("replica");
  const { order, first } = rowsByNumber(replicas, replicaCount, "iterations.arrow: replica");
  const doubles = (name: string) => permuted(table.numbers(name), order, Float64Array);
  const integers = (name: string) => permuted(table.numbers(name), order, Int32Array);
  const phases = table.texts("phase");
  const codes = phases.values.map((name) => (PHASES as readonly string[]).indexOf(name));
  if (codes.includes(-1)) throw damaged("iterations.arrow has a phase that is none");
  const segments = {
    first,
    start: doubles("start_seconds"),
    end: doubles("end_seconds"),
    phase: Uint8Array.from(order, (row) => codes[phases.codes[row]!]!),
    iterations: integers("iterations"),
    batch: integers("batch"),
    prefillTokens: integers("prefill_tokens"),
    contextTokens: integers("context_tokens"),
    slowdown: doubles("slowdown"),
  };
  checkOrder(segments);
  return segments;
}

/** Rows grouped by a number: group n has `order[first[n]]` to before `order[first[n + 1]]`. */
export interface GroupedRows {
  readonly order: Uint32Array;
  readonly first: Uint32Array;
}

/** Groups rows by numbers below `count`, in the order of the rows; `name` goes into messages. */
export function rowsByNumber(
  numbers: Float64Array | Uint32Array,
  count: number,
  name: string,
): GroupedRows {
  const first = new Uint32Array(count + 1);
  for (const number of numbers) {
    if (!(number >= 0 && number < count)) throw damaged(`${name} ${number} is not known`);
    first[number + 1]!++;
  }
  for (let group = 0; group < count; group++) first[group + 1]! += first[group]!;
  const next = first.slice();
  const order = new Uint32Array(numbers.length);
  for (let row = 0; row < numbers.length; row++) order[next[numbers[row]!]!++] = row;
  return { order, first };
}

/** The values of rows, in the order in which `order` lists these. */
export function permuted<A extends Float64Array | Int32Array>(
  values: Float64Array,
  order: Uint32Array,
  kind: new (length: number) => A,
): A {
  const result = new kind(order.length);
  for (let index = 0; index < order.length; index++) result[index] = values[order[index]!]!;
  return result;
}

/** The rows of a replica that overlap an interval: the first, and the one behind the last. */
export function rowsWithin(
  { first, start, end }: Segments,
  replica: number,
  [from, to]: readonly [number, number],
): [number, number] {
  const [low, high] = [first[replica]!, first[replica + 1]!];
  return [bisectRight(end, from, low, high), bisectLeft(start, to, low, high)];
}

/** A UserError for files that are not what sim writes. */
export function damaged(what: string): UserError {
  return new UserError(what, { hint: "run the command again that wrote the directory" });
}

function checkOrder({ first, start, end }: Segments): void {
  for (let replica = 0; replica + 1 < first.length; replica++) {
    for (let row = first[replica]!; row < first[replica + 1]!; row++) {
      const before = row > first[replica]! ? end[row - 1]! : 0;
      if (start[row]! >= before && end[row]! >= start[row]! && end[row]! < Infinity) continue;
      throw damaged("iterations.arrow has rows that are out of order");
    }
  }
}
