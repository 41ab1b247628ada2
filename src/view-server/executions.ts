/**
 * The tables `executions` and `calls` in memory: executions in order of arrival, calls by
 * execution.
 */

import type { CodedTexts, ResultTable } from "../records/result-table.ts";
import type { ColumnMessage } from "./column-message.ts";
import { damaged, type GroupedRows, permuted, rowsByNumber } from "./segments.ts";

/** Executions in order of arrival; NaN (-1 for a step) where they did not get as far. */
export interface Executions {
  readonly execution: Int32Array;
  readonly arrival: Float64Array;
  readonly end: Float64Array;
  readonly latency: Float64Array;
  readonly lastStep: Int32Array;
  readonly workflow: CodedTexts;
  readonly status: CodedTexts;
  readonly drawHash: readonly string[];
  /** Rows by number of the execution. */
  readonly rowOf: ReadonlyMap<number, number>;
}

/** Reads the table. */
export function readExecutions(table: ResultTable): Executions {
  const arrivals = table.numbers("arrival_seconds");
  const numbers = table.numbers("execution");
  const order = Uint32Array.from(arrivals.keys()).sort(
    (a, b) => arrivals[a]! - arrivals[b]! || numbers[a]! - numbers[b]!,
  );
  const hashes = table.strings("draw_hash");
  const lastSteps = table.numbers("last_step");
  const execution = permuted(numbers, order, Int32Array);
  const reordered = ({ values, codes }: CodedTexts): CodedTexts => {
    return { values, codes: order.map((row) => codes[row]!) };
  };
  const rowOf = new Map(Array.from(execution, (number, row) => [number, row]));
  if (rowOf.size !== execution.length) throw damaged("executions.arrow has an execution twice");
  return {
    execution,
    arrival: permuted(arrivals, order, Float64Array),
    end: permuted(table.numbers("end_seconds"), order, Float64Array),
    latency: permuted(table.numbers("latency_seconds"), order, Float64Array),
    lastStep: Int32Array.from(order, (row) =>
      Number.isNaN(lastSteps[row]!) ? -1 : lastSteps[row]!,
    ),
    workflow: reordered(table.texts("workflow")),
    status: reordered(table.texts("status")),
    drawHash: Array.from(order, (row) => hashes[row]!),
    rowOf,
  };
}

/** Rows `from` to before `to`. */
export function executionRows(executions: Executions, from: number, to: number): ColumnMessage {
  const { execution, arrival, end, latency, lastStep, workflow, status } = executions;
  const columns = { execution, arrival, end, latency, lastStep };
  return {
    columns: {
      ...Object.fromEntries(
        Object.entries(columns).map(([name, values]) => [name, values.subarray(from, to)]),
      ),
      workflow: Int32Array.from(workflow.codes.subarray(from, to)),
      status: Int32Array.from(status.codes.subarray(from, to)),
    },
    texts: { workflow: workflow.values, status: status.values },
  };
}

/** Rows of two runs that are one execution: its number and everything drawn for it are the same. */
export function sameExecutions(a: Executions, b: Executions): ColumnMessage {
  const first: number[] = [];
  const second: number[] = [];
  a.execution.forEach((number, row) => {
    const other = b.rowOf.get(number);
    if (other === undefined || a.drawHash[row] !== b.drawHash[other]) return;
    first.push(row);
    second.push(other);
  });
  return { columns: { a: Int32Array.from(first), b: Int32Array.from(second) }, texts: {} };
}

/** Calls by execution. */
export interface Calls {
  readonly table: ResultTable;
  /** By row of `executions`. */
  readonly rows: GroupedRows;
  /** Columns of numbers, in the order of the file; NaN where a value is absent. */
  readonly numbers: Readonly<Record<CallNumber, Float64Array>>;
  readonly texts: Readonly<Record<CallText, CodedTexts>>;
}

const CALL_NUMBERS = [
  "call",
  "replica",
  "prompt_tokens",
  "cached_tokens",
  "output_tokens",
  "submit_seconds",
  "start_seconds",
  "first_token_seconds",
  "end_seconds",
  "preemptions",
  "step",
  "after_step",
] as const;

const CALL_TEXTS = ["llm", "role", "status"] as const;

type CallNumber = (typeof CALL_NUMBERS)[number];
type CallText = (typeof CALL_TEXTS)[number];

/** Reads the table. */
export function readCalls(table: ResultTable, executions: Executions): Calls {
  const rowOf = table.numbers("execution").map((number) => executions.rowOf.get(number) ?? -1);
  return {
    table,
    rows: rowsByNumber(rowOf, executions.execution.length, "calls.arrow: execution row"),
    numbers: Object.fromEntries(
      CALL_NUMBERS.map((name) => [name, table.numbers(name)]),
    ) as Calls["numbers"],
    texts: Object.fromEntries(
      CALL_TEXTS.map((name) => [name, table.texts(name)]),
    ) as Calls["texts"],
  };
}

/** The calls of the execution in a row of `executions`. */
export function callsOfExecution({ rows, numbers, texts }: Calls, row: number): ColumnMessage {
  const own = rows.order.subarray(rows.first[row]!, rows.first[row + 1]!);
  const columns: Record<string, Float64Array | Int32Array> = {};
  for (const name of CALL_NUMBERS) columns[name] = permuted(numbers[name], own, Float64Array);
  const lists: Record<string, readonly string[]> = {};
  for (const name of CALL_TEXTS) {
    // Only the texts that occur: a trace may name every call differently.
    const found = [...new Set(own.map((call) => texts[name].codes[call]!))];
    columns[name] = Int32Array.from(own, (call) => found.indexOf(texts[name].codes[call]!));
    lists[name] = found.map((code) => texts[name].values[code]!);
  }
  return { columns, texts: lists };
}
