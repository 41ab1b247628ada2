/**
 * Asks the server. A failure is an error whose message can be shown.
 */

import {
  type ColumnMessage,
  decodeColumns,
  type NumberColumn,
} from "../view-server/column-message.ts";
import type { RunDocument } from "../view-server/run-document.ts";

/** The runs that are served: one, or two. */
export async function fetchRuns(): Promise<RunDocument[]> {
  return (await answerTo("/api/runs")).json();
}

/** Rows of a run, or of a part of it. */
export async function fetchColumns(
  run: number,
  question: string,
  parameters: Readonly<Record<string, number>>,
): Promise<ColumnMessage> {
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]) => [name, String(value)]),
  );
  return decodeColumns(await (await answerTo(`/api/${run}/${question}?${query}`)).arrayBuffer());
}

/** Which rows of the executions of two runs are the same execution. */
export async function fetchPairs(): Promise<ColumnMessage> {
  return decodeColumns(await (await answerTo("/api/pairs")).arrayBuffer());
}

/** A column of doubles. */
export function doubles({ columns }: ColumnMessage, name: string): Float64Array {
  return columns[name] as Float64Array;
}

/** A column of integers. */
export function integers({ columns }: ColumnMessage, name: string): Int32Array {
  return columns[name] as Int32Array;
}

/** The text of a row. */
export function textAt({ columns, texts }: ColumnMessage, name: string, row: number): string {
  return texts[name]?.[(columns[name] as NumberColumn)[row]!] ?? "";
}

async function answerTo(path: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path);
  } catch {
    throw new Error("The viewer's server does not answer. Start `sim view` again, then reload.");
  }
  if (response.ok) return response;
  const text = await response.text();
  throw new Error(`The server cannot answer: ${messageOf(text)}`);
}

function messageOf(text: string): string {
  try {
    return String(JSON.parse(text).error);
  } catch {
    return text.slice(0, 200);
  }
}
