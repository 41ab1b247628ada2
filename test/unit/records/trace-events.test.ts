/** Runs as trace events: valid for whatever rows the tables hold. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallRow } from "../../../src/records/calls-table.ts";
import { CallsTable } from "../../../src/records/calls-table.ts";
import { ExecutionsTable } from "../../../src/records/executions-table.ts";
import { GpusTable } from "../../../src/records/gpus-table.ts";
import { IterationsTable } from "../../../src/records/iterations-table.ts";
import { ResultTable } from "../../../src/records/result-table.ts";
import { traceEventLines } from "../../../src/records/trace-events.ts";
import { type ReadEvent, traceProblems } from "./trace-checks.ts";

const NAMES = ['a"\n', "<b>", "c"];
const REPLICAS = [
  { llm: NAMES[0]!, share: 0.6, gpus: ["node0/gpu0", "node0/gpu1"] },
  { llm: NAMES[1]!, share: 0.4, gpus: ["node0/gpu0"] },
];

/** Ticks of a run: from one to the next. */
const steps = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e6 })),
  {
    maxLength: 30,
  },
);

/** A call as ticks between its instants; undefined ones did not come. */
const call = fc.record({
  submit: fc.integer({ min: 0, max: 1e10 }),
  delays: fc.array(fc.integer({ min: 0, max: 1e9 }), { maxLength: 3 }),
  llm: fc.nat({ max: 2 }),
});

/** Iterations one after another on each replica, with gaps of any length. */
function iterationsOf(spans: readonly (readonly (readonly [number, number])[])[]) {
  const table = new IterationsTable();
  spans.forEach((own, replica) => {
    let now = 0;
    for (const [duration, gap] of own) {
      const times = { startTime: now + gap, endTime: now + gap + duration };
      now = times.endTime;
      const batch = { iterations: 1, batch: 2, prefillTokens: 3, contextTokens: 4 };
      table.append({ replica, phase: "decode", ...times, ...batch, slowdown: 1 + (gap % 3) });
    }
  });
  return table;
}

type GeneratedCall = { submit: number; delays: number[]; llm: number };

function callsOf(calls: readonly GeneratedCall[]): CallsTable {
  const table = new CallsTable();
  calls.forEach(({ submit, delays, llm }, index) => {
    const [start, first, end] = [0, 1, 2].map((last) =>
      last < delays.length ? delays.slice(0, last + 1).reduce((a, b) => a + b, submit) : -1,
    );
    const request = {
      replica: start === -1 ? -1 : 0,
      promptTokens: 1,
      cachedTokens: 0,
      receivedTokens: 1,
      submitTime: submit,
      startTime: start!,
      firstTokenTime: first!,
      endTime: end!,
      preemptions: 0,
      status: end === -1 ? "unfinished" : "completed",
    } as CallRow["request"];
    const place = { execution: 0, step: index, afterStep: -1 };
    table.append({ call: index, ...place, llm: NAMES[llm]!, role: "r", request });
  });
  return table;
}

async function traceOf(iterations: IterationsTable, calls: CallsTable): Promise<ReadEvent[]> {
  const executions = new ExecutionsTable();
  const row = {
    workflow: "w",
    arrivalTime: 5,
    endTime: -1,
    latency: -1,
    drawHash: "0",
    lastStep: -1,
  };
  executions.append({ execution: 0, ...row, status: "unfinished" });
  const gpus = new GpusTable();
  for (const kvUsed of [0, 0, 7]) {
    gpus.append({ gpu: "node0/gpu0", time: kvUsed, busy: 0, kvUsed });
  }
  const read = async (table: { toArrow(): Promise<Uint8Array[]> }) =>
    new ResultTable(Buffer.concat(await table.toArrow()), "t.arrow");
  const tables = {
    executions: await read(executions),
    calls: await read(calls),
    iterations: await read(iterations),
    gpus: await read(gpus),
  };
  const run = { tables, replicas: REPLICAS, gpus: ["node0/gpu0", "node0/gpu1"], end: 5 };
  const trace = JSON.parse([...traceEventLines(run)].join(""));
  expect(traceProblems(trace)).toEqual([]);
  return trace.traceEvents;
}

describe("trace events", () => {
  test("are valid, nested and paired for all rows", async () => {
    const rows = fc.tuple(fc.tuple(steps, steps), fc.array(call, { maxLength: 30 }));
    const property = fc.asyncProperty(rows, async ([spans, calls]) => {
      const events = await traceOf(iterationsOf(spans), callsOf(calls));
      const count = (ph: string) => events.filter((event) => event.ph === ph).length;
      // Replica 0 has two GPUs, each with a track.
      expect(count("X")).toBe(2 * spans[0].length + spans[1].length);
      expect(count("b")).toBe(1 + calls.length);
      for (const name of NAMES) {
        const queue = events.filter((event) => event.name === `queue of ${name}`);
        expect(queue.every(({ args }) => (args.calls as number) >= 0)).toBe(true);
        if (queue.length > 0) expect(queue.at(-1)!.args.calls).toBe(0);
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test("name tracks, and say of a slice and a call what they were", async () => {
    const calls = callsOf([{ submit: 8000, delays: [8000, 16000, 24000], llm: 1 }]);
    const events = await traceOf(iterationsOf([[[8_000_000, 800]], []]), calls);
    const [first, second] = events.filter(({ ph }) => ph === "X");
    expect(first).toMatchObject({ name: "decode", pid: 1, tid: 1, ts: 0.1, dur: 1000 });
    expect(first!.args).toMatchObject({ batch: 2, prefill_tokens: 3, slowdown: 3 });
    expect(second).toEqual({ ph: "X", name: "decode", pid: 2, tid: 1, ts: 0.1, dur: 1000 });
    const spans = events.filter(({ cat }) => cat === "call");
    expect(spans.map(({ ph, name, ts }) => [ph, name, ts])).toEqual([
      ["b", "<b>: r", 1],
      ["e", "<b>: r", 7],
    ]);
    const names = events.filter(({ ph }) => ph === "M").map(({ args }) => args.name);
    expect(names).toContain("<b> (replica 1, share 0.4)");
    const kv = events.filter(({ name }) => name === "KV cache");
    expect(kv.map(({ args }) => args.bytes)).toEqual([0, 7]);
  });
});

describe("the check", () => {
  const slice = { ph: "X", name: "n", pid: 1, tid: 1 };
  test.each([
    [
      "overlap",
      [
        { ...slice, ts: 0, dur: 2 },
        { ...slice, ts: 1, dur: 2 },
      ],
    ],
    ["a begin without an end", [{ ...slice, ph: "b", ts: 0, cat: "c", id: "1" }]],
    ["a slice without a time", [slice]],
  ])("finds %s", (_, traceEvents) => expect(traceProblems({ traceEvents })).toHaveLength(1));
});
