import { type Table, tableFromIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { CallsTable } from "../../../src/records/calls-table.ts";
import { CHUNK_ROWS } from "../../../src/records/columns.ts";
import { ExecutionsTable } from "../../../src/records/executions-table.ts";
import { GpusTable } from "../../../src/records/gpus-table.ts";
import { IterationsTable } from "../../../src/records/iterations-table.ts";
import { PredictionsTable } from "../../../src/records/predictions-table.ts";
import { createRequest } from "../../../src/serving/request.ts";

const SECOND = 8e9;

function rowsOf(table: Table) {
  return table.toArray().map((row) => row?.toJSON());
}

function submitted(entity: number) {
  return createRequest(
    {
      llm: 0,
      promptTokens: 900 + entity,
      outputTokens: 70,
      conversation: -1,
      retainTokens: 0,
    },
    entity,
    2 * SECOND,
  );
}

function exampleCalls(): CallsTable {
  const table = new CallsTable();
  const completed = Object.assign(submitted(0), {
    replica: 3,
    startTime: 2.5 * SECOND,
    firstTokenTime: 3 * SECOND,
    finishTime: 4 * SECOND,
    endTime: 4.25 * SECOND,
    cachedTokens: 512,
    preemptions: 1,
    status: "completed",
  });
  const [first, second] = [
    { call: 0, llm: "llama", role: "plan", step: 0, afterStep: -1, request: completed },
    { call: 1, llm: "qwen", role: "code", step: 2, afterStep: 0, request: submitted(1) },
  ];
  table.append({ ...first, execution: 5 });
  table.append({ ...second, execution: 5 });
  return table;
}

function exampleIterations(): IterationsTable {
  const table = new IterationsTable();
  table.append({
    replica: 3,
    phase: "mixed",
    startTime: 0,
    endTime: SECOND / 8,
    iterations: 4,
    batch: 2,
    prefillTokens: 512,
    contextTokens: 9000,
    slowdown: 1.25,
  });
  return table;
}

function exampleExecutions(): ExecutionsTable {
  const table = new ExecutionsTable();
  const row = { workflow: "swe-agent", arrivalTime: SECOND };
  table.append({
    ...row,
    execution: 0,
    endTime: 3 * SECOND,
    latency: 2 * SECOND,
    status: "completed",
    drawHash: "0af3",
    lastStep: 3,
  });
  table.append({
    ...row,
    execution: 1,
    endTime: -1,
    latency: -1,
    status: "unfinished",
    drawHash: "9c1b",
    lastStep: -1,
  });
  return table;
}

describe("tables", () => {
  test("calls: instants in seconds, null where not reached", async () => {
    expect(rowsOf(tableFromIPC(await exampleCalls().toArrow()))).toEqual([
      {
        call: 0,
        execution: 5,
        llm: "llama",
        role: "plan",
        replica: 3,
        prompt_tokens: 900,
        cached_tokens: 512,
        output_tokens: 70,
        submit_seconds: 2,
        start_seconds: 2.5,
        first_token_seconds: 3,
        end_seconds: 4.25,
        preemptions: 1,
        status: "completed",
        step: 0,
        after_step: null,
      },
      {
        call: 1,
        execution: 5,
        llm: "qwen",
        role: "code",
        replica: null,
        prompt_tokens: 901,
        cached_tokens: 0,
        output_tokens: 70,
        submit_seconds: 2,
        start_seconds: null,
        first_token_seconds: null,
        end_seconds: null,
        preemptions: 0,
        status: "unfinished",
        step: 2,
        after_step: 0,
      },
    ]);
  });

  test("iterations", async () => {
    expect(rowsOf(tableFromIPC(await exampleIterations().toArrow()))).toEqual([
      {
        replica: 3,
        phase: "mixed",
        start_seconds: 0,
        end_seconds: 0.125,
        iterations: 4,
        batch: 2,
        prefill_tokens: 512,
        context_tokens: 9000,
        slowdown: 1.25,
      },
    ]);
  });

  test("executions: an unfinished one has no end and no latency", async () => {
    const row = { workflow: "swe-agent", arrival_seconds: 1 };
    expect(rowsOf(tableFromIPC(await exampleExecutions().toArrow()))).toEqual([
      {
        ...row,
        execution: 0,
        end_seconds: 3,
        latency_seconds: 2,
        status: "completed",
        draw_hash: "0af3",
        last_step: 3,
      },
      {
        ...row,
        execution: 1,
        end_seconds: null,
        latency_seconds: null,
        status: "unfinished",
        draw_hash: "9c1b",
        last_step: null,
      },
    ]);
  });

  test("gpus: bytes beyond 32 bits", async () => {
    const table = new GpusTable();
    table.append({ gpu: "node0/gpu1", time: SECOND, busy: 0.75, kvUsed: 60e9 });
    expect(rowsOf(tableFromIPC(await table.toArrow()))).toEqual([
      { gpu: "node0/gpu1", time_seconds: 1, busy: 0.75, kv_used_bytes: 60e9 },
    ]);
  });

  test("predictions: null beyond what an LLM can serve", async () => {
    const table = new PredictionsTable();
    const row = { predictor: "alp", llm: "llama", n: 3.5, p: 1.25 };
    table.append({ ...row, rate: 0.5, latency: 12 });
    table.append({ ...row, rate: 2, latency: null });
    expect(rowsOf(tableFromIPC(await table.toArrow()))).toEqual([
      { ...row, rate_per_second: 0.5, latency_seconds: 12 },
      { ...row, rate_per_second: 2, latency_seconds: null },
    ]);
  });

  test("column order and row counts", async () => {
    const names = async (table: { toArrow(): Promise<Uint8Array[]> }) =>
      tableFromIPC(await table.toArrow()).schema.names.join(" ");
    expect(await names(new CallsTable())).toBe(
      "call execution llm role replica prompt_tokens cached_tokens output_tokens submit_seconds " +
        "start_seconds first_token_seconds end_seconds preemptions status step after_step",
    );
    expect(await names(new IterationsTable())).toBe(
      "replica phase start_seconds end_seconds iterations batch prefill_tokens context_tokens " +
        "slowdown",
    );
    expect(await names(new ExecutionsTable())).toBe(
      "execution workflow arrival_seconds end_seconds latency_seconds status draw_hash last_step",
    );
    expect(await names(new GpusTable())).toBe("gpu time_seconds busy kv_used_bytes");
    expect(await names(new PredictionsTable())).toBe(
      "predictor llm n p rate_per_second latency_seconds",
    );
    expect(exampleCalls().rowCount).toBe(2);
  });

  test("the same bytes in any order of writing", async () => {
    const calls = await exampleCalls().toArrow();
    const iterations = await exampleIterations().toArrow();
    const executions = await exampleExecutions().toArrow();
    expect(await exampleExecutions().toArrow()).toEqual(executions);
    expect(await exampleIterations().toArrow()).toEqual(iterations);
    expect(await exampleCalls().toArrow()).toEqual(calls);
  });

  test("calls over more than one chunk", async () => {
    const table = new CallsTable();
    const request = submitted(0);
    const rowCount = CHUNK_ROWS * 2 + 3;
    for (let call = 0; call < rowCount; call++) {
      const place = { execution: call >> 4, step: call & 15, afterStep: -1 };
      table.append({ call, ...place, llm: "llama", role: `r${call % 16}`, request });
    }
    const read = tableFromIPC(await table.toArrow());
    expect(read.batches.map((batch) => batch.numRows)).toEqual([CHUNK_ROWS, CHUNK_ROWS, 3]);
    expect(read.get(rowCount - 1)?.toJSON()).toMatchObject({
      call: rowCount - 1,
      role: `r${(rowCount - 1) % 16}`,
      submit_seconds: 2,
      end_seconds: null,
    });
  });
});
