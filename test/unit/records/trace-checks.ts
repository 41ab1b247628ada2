/**
 * What is wrong with a file of Chrome trace events: by a schema of the format's documentation, then
 * slices that overlap on a track, and begins without an end.
 */

import { Ajv } from "ajv";
import { group } from "d3-array";

/** One event, as read. */
export interface ReadEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly cat: string;
  readonly id: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const time = { type: "number", minimum: 0 };
const text = { type: "string", minLength: 1 };

/** An event of a phase has these members, besides those of all. */
const MEMBERS = {
  M: { args: { type: "object", required: ["name"], properties: { name: text } } },
  X: { ts: time, dur: time },
  C: { ts: time, args: { type: "object", minProperties: 1, additionalProperties: time } },
  b: { ts: time, cat: text, id: text },
  e: { ts: time, cat: text, id: text },
};

const SCHEMA = {
  type: "object",
  required: ["traceEvents"],
  properties: {
    traceEvents: {
      type: "array",
      items: {
        type: "object",
        required: ["ph", "name", "pid", "tid"],
        properties: {
          ph: { enum: Object.keys(MEMBERS) },
          name: text,
          pid: { type: "integer", minimum: 1 },
          tid: { type: "integer", minimum: 0 },
        },
        allOf: Object.entries(MEMBERS).map(([ph, properties]) => ({
          if: { properties: { ph: { const: ph } } },
          // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
          then: { required: Object.keys(properties), properties },
        })),
      },
    },
  },
};

const validate = new Ajv({ strictTypes: false }).compile(SCHEMA);

/** The problems of a trace; none if it is valid. */
export function traceProblems(trace: unknown): string[] {
  if (!validate(trace)) return (validate.errors ?? []).map((error) => JSON.stringify(error));
  const { traceEvents } = trace as { traceEvents: readonly ReadEvent[] };
  return [...overlaps(traceEvents), ...unpaired(traceEvents)];
}

/** Slices of a track either follow or hold one another. */
function overlaps(events: readonly ReadEvent[]): string[] {
  const tracks = group(
    events.filter(({ ph }) => ph === "X"),
    ({ pid, tid }) => `${pid}/${tid}`,
  );
  const problems: string[] = [];
  for (const [track, slices] of tracks) {
    const open: number[] = [];
    const spans = slices
      .map(({ ts, dur }) => [Math.round(ts * 1e3), Math.round((ts + dur) * 1e3)] as const)
      .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    for (const [start, end] of spans) {
      while (open.length > 0 && open.at(-1)! <= start) open.pop();
      if (open.length > 0 && open.at(-1)! < end) problems.push(`${track}: overlap at ${start}`);
      open.push(end);
    }
  }
  return problems;
}

/** Each asynchronous begin has one end, which is not before it. */
function unpaired(events: readonly ReadEvent[]): string[] {
  const asynchronous = events.filter(({ ph }) => ph === "b" || ph === "e");
  const tracks = group(asynchronous, ({ cat, id }) => `${cat} ${id}`);
  return [...tracks].flatMap(([track, [begin, end, ...more]]) =>
    begin?.ph === "b" && end?.ph === "e" && more.length === 0 && begin.ts <= end.ts ? [] : [track],
  );
}
