/**
 * The executions of a run as the page has them: all of them in columns, in order of arrival.
 */

import { bisectLeft } from "d3-array";
import type { ColumnMessage } from "../view-server/column-message.ts";
import { doubles, fetchColumns, integers } from "./server-data.ts";

/** Executions in order of arrival; NaN (-1 for a step) where they did not get as far. */
export interface ExecutionList {
  readonly execution: Int32Array;
  readonly arrival: Float64Array;
  readonly end: Float64Array;
  readonly latency: Float64Array;
  readonly lastStep: Int32Array;
  readonly workflow: Int32Array;
  readonly workflows: readonly string[];
  readonly status: Int32Array;
  readonly statuses: readonly string[];
  /** The longest latency. */
  readonly latencyMost: number;
}

/** Rows asked for at a time. */
const ROWS = 65_536;

/** Fetches the executions of a run. */
export async function fetchExecutions(run: number, count: number): Promise<ExecutionList> {
  const parts: ColumnMessage[] = [];
  for (let from = 0; from < count || parts.length === 0; from += ROWS) {
    parts.push(await fetchColumns(run, "executions", { from, to: Math.min(count, from + ROWS) }));
  }
  const joinedDoubles = (name: string) => {
    const joined = new Float64Array(count);
    parts.forEach((part, index) => void joined.set(doubles(part, name), index * ROWS));
    return joined;
  };
  const joinedIntegers = (name: string) => {
    const joined = new Int32Array(count);
    parts.forEach((part, index) => void joined.set(integers(part, name), index * ROWS));
    return joined;
  };
  const latency = joinedDoubles("latency");
  const { texts } = parts[0]!;
  return {
    execution: joinedIntegers("execution"),
    arrival: joinedDoubles("arrival"),
    end: joinedDoubles("end"),
    latency,
    lastStep: joinedIntegers("lastStep"),
    workflow: joinedIntegers("workflow"),
    workflows: texts.workflow ?? [],
    status: joinedIntegers("status"),
    statuses: texts.status ?? [],
    latencyMost: latency.reduce((most, value) => (value > most ? value : most), 0),
  };
}

/** The row of an execution; -1 where the run has none. */
export function rowOfExecution({ execution }: ExecutionList, number: number): number {
  return execution.indexOf(number);
}

/** The first row that arrived at `time` or later. */
export function firstArrival({ arrival }: ExecutionList, time: number): number {
  return bisectLeft(arrival, time);
}
