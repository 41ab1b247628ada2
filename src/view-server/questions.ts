/**
 * What the page can ask: a path of the run's number and a question, with numbers as parameters.
 * Answers are parts of tables, by range. No part of a question ever names a file.
 */

import { binnedSlowdown, type ChartWindow, thinnedSamples } from "./binned.ts";
import { type ColumnMessage, encodeColumns } from "./column-message.ts";
import { callsOfExecution, executionRows, sameExecutions } from "./executions.ts";
import { rowsWithin } from "./segments.ts";
import type { ServedRun } from "./served-run.ts";

/** What is sent back. */
export interface Answer {
  readonly status: 200 | 404;
  readonly type: "application/json" | "application/octet-stream";
  readonly body: Uint8Array | string;
}

/** The most points of a chart and rows of a table in one answer. */
const MOST_POINTS = 10_000;
const MOST_ROWS = 65_536;

type Parameters = (name: string) => number;
type Question = (run: ServedRun, parameter: Parameters) => ColumnMessage | undefined;

const QUESTIONS: Readonly<Record<string, Question>> = {
  /** Bins of all replicas. */
  bins: ({ pyramid }, parameter) => {
    const bins = pyramid.tile(parameter("level"), parameter("tile"));
    return bins === undefined ? undefined : { columns: { bins }, texts: {} };
  },
  /** Rows of `iterations` that overlap a tile of level 0. */
  segments: segmentsOfTile,
  /** Rows of `executions` in order of arrival. */
  executions: ({ executions }, parameter) => {
    const from = Math.max(0, parameter("from"));
    return executionRows(executions, from, Math.min(parameter("to"), from + MOST_ROWS));
  },
  calls: ({ calls, executions }, parameter) => {
    const row = executions.rowOf.get(parameter("execution"));
    return row === undefined ? undefined : callsOfExecution(calls, row);
  },
  samples: ({ samples }, parameter) => {
    const own = samples[parameter("gpu")];
    if (own === undefined) return undefined;
    return { columns: { ...thinnedSamples(own, chartWindow(parameter)) }, texts: {} };
  },
  slowdown: ({ segments, document }, parameter) => {
    const replica = parameter("replica");
    if (document.replicas[replica] === undefined) return undefined;
    const binned = binnedSlowdown(segments, replica, chartWindow(parameter));
    return { columns: { ...binned }, texts: {} };
  },
};

/** Answers what is asked of `/api`; `path` is what follows that. */
export function answerQuestion(runs: readonly ServedRun[], path: string, query: string): Answer {
  if (path === "/runs") {
    const body = JSON.stringify(runs.map(({ document }) => document));
    return { status: 200, type: "application/json", body };
  }
  const [, number = "", name = ""] = path.split("/");
  const parameters = new URLSearchParams(query);
  const parameter = (key: string) => Number(parameters.get(key) ?? Number.NaN);
  const run = /^\d$/.test(number) ? runs[Number(number)] : undefined;
  const [a, b] = runs;
  let message: ColumnMessage | undefined;
  if (path === "/pairs" && a !== undefined && b !== undefined) {
    message = sameExecutions(a.executions, b.executions);
  } else if (run !== undefined && Object.hasOwn(QUESTIONS, name)) {
    message = QUESTIONS[name]!(run, parameter);
  }
  if (message === undefined) {
    const body = JSON.stringify({ error: "the run has no such part" });
    return { status: 404, type: "application/json", body };
  }
  return { status: 200, type: "application/octet-stream", body: encodeColumns(message) };
}

function chartWindow(parameter: Parameters): ChartWindow {
  const points = Math.floor(parameter("points"));
  return {
    from: parameter("from"),
    to: parameter("to"),
    points: points >= 1 && points <= MOST_POINTS ? points : 1,
  };
}

function segmentsOfTile(run: ServedRun, parameter: Parameters): ColumnMessage | undefined {
  const { segments, document } = run;
  const { binWidth, tileBins, bins } = document.detail;
  const tile = parameter("tile");
  if (!(tile >= 0 && tile < bins / tileBins)) return undefined;
  const width = tileBins * binWidth;
  const rows: number[] = [];
  const replicas: number[] = [];
  document.replicas.forEach((_, replica) => {
    const [first, behind] = rowsWithin(segments, replica, [tile * width, (tile + 1) * width]);
    for (let row = first; row < behind; row++) {
      rows.push(row);
      replicas.push(replica);
    }
  });
  const doubles = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
  const integers = (values: Int32Array) => Int32Array.from(rows, (row) => values[row]!);
  return {
    columns: {
      replica: Int32Array.from(replicas),
      phase: Uint8Array.from(rows, (row) => segments.phase[row]!),
      start: doubles(segments.start),
      end: doubles(segments.end),
      iterations: integers(segments.iterations),
      batch: integers(segments.batch),
      prefillTokens: integers(segments.prefillTokens),
      contextTokens: integers(segments.contextTokens),
      slowdown: doubles(segments.slowdown),
    },
    texts: {},
  };
}
