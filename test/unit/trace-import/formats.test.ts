/** Every format, on records as its writer makes them. */

import { describe, expect, test } from "vitest";
import { detectFormat } from "../../../src/trace-import/detect-format.ts";
import { BadRecord } from "../../../src/trace-import/import-format.ts";
import { imported, lines } from "./read-trace.ts";

const model = "m";

describe("mooncake", () => {
  const row = { timestamp: 5, input_length: 1000, output_length: 10 };

  test("rows are sessions of their own, unless they name one", () => {
    const { calls } = imported("mooncake", lines(row, { ...row, session_id: "s" }), { model });
    expect(calls.map(({ session_id, timestamp }) => [session_id, timestamp])).toEqual([
      ["1", 5],
      ["s", 5],
    ]);
  });

  test("rows of a session without a time follow one another", () => {
    const later = { session_id: "s", input_length: 5, output_length: 1, delay: 20 };
    const { calls } = imported("mooncake", lines({ ...row, session_id: "s" }, later), { model });
    expect(calls[1]).toMatchObject({ wait_for: ["1"], delay: 20 });
  });

  test("agentic rows keep what they waited for", () => {
    const waiting = { ...row, request_id: "b", wait_for: ["a"], tool_wait_ms: 7, model: "own" };
    const { calls } = imported("mooncake", lines({ ...row, request_id: "a", model }, waiting));
    expect(calls[1]).toMatchObject({ wait_for: ["a"], tool_wait_ms: 7, model: "own" });
    expect(calls[1]).not.toHaveProperty("timestamp");
  });

  test("blocks in common are shared with the call that had them last", () => {
    const { calls, notes } = imported(
      "mooncake",
      lines(
        { ...row, hash_ids: [1, 2] },
        { ...row, hash_ids: [1, 3] },
        { ...row, hash_ids: [1, 2, 4] },
        { ...row, hash_ids: [9] },
      ),
      { model, blockSize: 512 },
    );
    const shared = calls.map(({ prefix_of, prefix_tokens }) => [prefix_of, prefix_tokens]);
    expect(shared).toEqual([
      [undefined, undefined],
      ["1", 512],
      ["1", 1000],
      [undefined, undefined],
    ]);
    expect(notes["prefixes found by block hashes"]).toBe(2);
  });

  test.each([
    [{ ...row, input_length: -1 }, /input_length: -1 is not/],
    [{ ...row, timestamp: undefined }, /timestamp is missing/],
    [{ ...row, timestamp: "soon" }, /timestamp: "soon" is not a number/],
  ])("%j is refused", (bad, message) => {
    expect(() => imported("mooncake", lines(bad), { model })).toThrow(message);
    expect(() => imported("mooncake", lines(bad), { model })).toThrow(BadRecord);
  });

  test("a model must be named", () => {
    expect(() => imported("mooncake", lines(row))).toThrow("no model is named");
  });
});

describe("CSV logs", () => {
  test("azure: seven digits of a second", () => {
    const text = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10";
    const { calls } = imported("azure", text, { model });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ input_length: 4808, output_length: 10, session_id: "1" });
    expect(calls[0]!.timestamp).toBeCloseTo(Date.UTC(2023, 10, 16, 18, 17, 3) + 979.96, 3);
  });

  test("burstgpt: failures are left out", () => {
    const text =
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n" +
      "5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,API log";
    const { calls, notes } = imported("burstgpt", text);
    expect(calls).toEqual([
      {
        session_id: "1",
        request_id: "1",
        model: "ChatGPT",
        input_length: 472,
        output_length: 18,
        timestamp: 5000,
      },
    ]);
    expect(notes).toEqual({ "calls without an answer, left out": 1 });
  });

  test("a header without a column is refused", () => {
    expect(() => imported("azure", "TIMESTAMP,Tokens\n")).toThrow("no column ContextTokens");
  });
});

describe("sessions of agents", () => {
  test("tracelab-csv: calls follow one another, tools between them", () => {
    const text =
      "session_id,arrival_time,round_idx,prefix_len,input_len,output_len,tool_wait_after_ms\n" +
      "0,117,0,0,2318,200,300\n0,117,1,2518,348,131,154";
    const { calls } = imported("tracelab-csv", text, { model });
    expect(calls[0]).toMatchObject({ input_length: 2318, timestamp: 117 });
    expect(calls[1]).toMatchObject({
      input_length: 2866,
      wait_for: ["0.1"],
      tool_wait_ms: 300,
      prefix_of: "0.1",
      prefix_tokens: 2518,
    });
  });

  test("claude-compact: gaps between calls are waits", () => {
    const session = {
      id: "t",
      req: [
        [0, 100, 0, 10, 7.5, 0, "tool_use"],
        [9, 150, 90, 20, null, 1, "end_turn"],
        [8, 160, 150, 20, 1, 1, "end_turn"],
      ],
    };
    const { calls, notes } = imported("claude-compact", lines(session), { model });
    expect(calls[1]).toMatchObject({ delay: 1500, prefix_tokens: 90, wait_for: ["t.1"] });
    expect(calls[2]).not.toHaveProperty("delay");
    expect(notes["calls that came before the last had ended"]).toBe(1);
  });

  test("claude-code: an answer counts once, its input is all three parts", () => {
    const usage = {
      input_tokens: 5,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 100,
      output_tokens: 40,
    };
    const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;
    const user = (uuid: string, second: number, content: unknown) => ({
      type: "user",
      uuid,
      sessionId: "s",
      timestamp: at(second),
      message: { role: "user", content },
    });
    const answer = (uuid: string, parentUuid: string, second: number, block: object) => ({
      type: "assistant",
      uuid,
      parentUuid,
      sessionId: "s",
      timestamp: at(second),
      message: { id: `msg-${parentUuid}`, model: "claude", usage, content: [block] },
    });
    const { calls, notes } = imported(
      "claude-code",
      lines(
        user("u1", 0, "do it"),
        answer("a1", "u1", 2, { type: "text", text: "well" }),
        answer("a2", "u1", 3, { type: "tool_use", id: "tool1" }),
        user("u2", 7, [{ type: "tool_result", tool_use_id: "tool1" }]),
        answer("a3", "u2", 9, { type: "text", text: "done" }),
        { type: "summary", summary: "x" },
      ),
    );
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatchObject({ input_length: 135, output_length: 40, model: "claude" });
    expect(calls[1]).toMatchObject({
      wait_for: ["s/msg-u1"],
      tool_wait_ms: 4000,
      prefix_of: "s/msg-u1",
      prefix_tokens: 100,
    });
    expect(notes).toMatchObject({
      "repeated lines of an answer": 1,
      "lines that are no messages": 1,
    });
  });
});

describe("spans", () => {
  const attribute = (key: string, value: object) => ({ key, value });
  const span = (spanId: string, from: number, to: number, ...attributes: object[]) => ({
    traceId: "t",
    spanId,
    name: "chat",
    startTimeUnixNano: String(from * 1e6),
    endTimeUnixNano: String(to * 1e6),
    attributes,
  });
  const chat = attribute("gen_ai.operation.name", { stringValue: "chat" });
  const named = attribute("gen_ai.request.model", { stringValue: "gpt" });
  const otlp = (...spans: object[]) =>
    JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

  test("otlp: counts as texts, old and new names, tools between calls", () => {
    const { calls, notes } = imported(
      "otlp",
      otlp(
        span(
          "a",
          1000,
          2000,
          chat,
          named,
          attribute("gen_ai.usage.input_tokens", { intValue: "120" }),
          attribute("gen_ai.usage.output_tokens", { intValue: "9" }),
        ),
        span("t", 2000, 2300, attribute("gen_ai.operation.name", { stringValue: "execute_tool" })),
        span(
          "b",
          2500,
          3000,
          chat,
          named,
          attribute("gen_ai.usage.prompt_tokens", { intValue: 200 }),
          attribute("gen_ai.usage.completion_tokens", { intValue: 4 }),
          attribute("gen_ai.usage.cache_read.input_tokens", { intValue: "110" }),
        ),
        span("g", 0, 3000, attribute("gen_ai.operation.name", { stringValue: "invoke_agent" })),
      ),
    );
    expect(calls[0]).toMatchObject({ input_length: 120, output_length: 9, timestamp: 1000 });
    expect(calls[1]).toMatchObject({
      wait_for: ["t/a"],
      tool_wait_ms: 300,
      delay: 200,
      prefix_of: "t/a",
      prefix_tokens: 110,
      observed: { submit_ms: 2500, first_token_ms: 3000, end_ms: 3000 },
    });
    expect(notes["spans that are neither calls nor tools"]).toBe(1);
  });

  test("otlp: vLLM's own spans have the time to the first token", () => {
    const request = {
      ...span(
        "v",
        0,
        5000,
        attribute("gen_ai.usage.prompt_tokens", { intValue: 10 }),
        attribute("gen_ai.usage.completion_tokens", { intValue: 3 }),
        attribute("gen_ai.latency.time_to_first_token", { doubleValue: 0.25 }),
      ),
      name: "llm_request",
    };
    const { calls } = imported("otlp", otlp(request), { model });
    expect(calls[0]!.observed).toEqual({ submit_ms: 0, first_token_ms: 250, end_ms: 5000 });
  });

  test("otlp: a document a line", () => {
    const one = (id: string) =>
      otlp(
        span(
          id,
          0,
          1,
          attribute("openinference.span.kind", { stringValue: "LLM" }),
          attribute("llm.token_count.prompt", { intValue: 5 }),
          attribute("llm.token_count.completion", { intValue: 6 }),
        ),
      );
    expect(imported("otlp", `${one("a")}\n${one("b")}\n`, { model }).calls).toHaveLength(2);
  });

  test("inference-perf: an answer in a later input is a wait", () => {
    const flat = (id: string, start: string, end: string, messages: string, output: string) => ({
      trace_id: "t",
      span_id: id,
      start_time: `2026-02-25T10:00:${start}`,
      end_time: `2026-02-25T10:00:${end}`,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt",
        "gen_ai.input.messages": JSON.stringify([{ role: "user", content: messages }]),
        "gen_ai.output.text": output,
      },
    });
    const spans = [
      flat("a", "00.0", "01.0", "hello", "first answer"),
      flat("b", "01.5", "02.0", "something else", "second answer"),
      flat("c", "03.0", "04.0", "now: first answer", "third"),
    ];
    const { calls, notes } = imported("inference-perf", JSON.stringify({ spans }));
    expect(calls.map(({ wait_for }) => wait_for)).toEqual([undefined, ["t/a"], ["t/a"]]);
    expect(notes).toMatchObject({ "waits by text": 1, "waits by time": 1 });
    expect(calls[0]!.output_length).toBe("first answer".length / 4);
  });

  test("what is missing is named with its span", () => {
    expect(() => imported("otlp", otlp(span("a", 5, 1, chat, named)))).toThrow("span a ends");
    expect(() => imported("otlp", otlp(span("a", 0, 1, chat, named)))).toThrow(
      "span a has neither input tokens nor texts",
    );
    expect(() => imported("otlp", "{}")).toThrow("resourceSpans is missing");
  });
});

describe("logs of services", () => {
  test("litellm: seconds since 1970, cached tokens inside the input", () => {
    const call = { id: "a", trace_id: "s", model_group: "gpt", startTime: 10, endTime: 12.5 };
    const counted = { prompt_tokens: 50, completion_tokens: 5 };
    const usage_object = { prompt_tokens_details: { cached_tokens: 48 } };
    const { calls, notes } = imported(
      "litellm",
      lines(
        { ...call, ...counted },
        { ...call, ...counted, id: "b", startTime: 13, endTime: 14, metadata: { usage_object } },
        { ...call, ...counted, id: "c", status: "failure" },
      ),
    );
    expect(calls[0]).toMatchObject({ session_id: "s", timestamp: 10_000 });
    expect(calls[1]).toMatchObject({ wait_for: ["s/a"], delay: 500, prefix_tokens: 48 });
    expect(notes["failed calls, left out"]).toBe(1);
  });

  test("langfuse: both spellings; cached tokens beside the input if the total says so", () => {
    const old = {
      id: "a",
      trace_id: "t",
      type: "GENERATION",
      start_time: "2026-01-01 00:00:00.000000",
      end_time: "2026-01-01 00:00:01.500000",
      provided_model_name: "gpt",
      usage_details: { input: 20, output: 5, total: 125, input_cached_tokens: 100 },
    };
    const young = {
      id: "b",
      traceId: "t",
      type: "GENERATION",
      startTime: "2026-01-01T00:00:02.000Z",
      endTime: "2026-01-01T00:00:03.000Z",
      completionStartTime: "2026-01-01T00:00:02.250Z",
      model: "gpt",
      usageDetails: { input: 120, output: 5, total: 125, input_cached_tokens: 100 },
    };
    const { calls } = imported("langfuse", lines(old, young));
    expect(calls.map(({ input_length }) => input_length)).toEqual([120, 120]);
    expect(calls[1]!.observed!.first_token_ms - calls[1]!.observed!.submit_ms).toBe(250);
  });

  test("langsmith: tools are waits", () => {
    const run = (id: string, run_type: string, from: number, to: number) => ({
      id,
      trace_id: "t",
      run_type,
      start_time: `2026-01-01T00:00:0${from}`,
      end_time: `2026-01-01T00:00:0${to}`,
      prompt_tokens: 10,
      completion_tokens: 2,
      extra: { metadata: { ls_model_name: "gpt" } },
    });
    const { calls } = imported(
      "langsmith",
      lines(
        run("a", "llm", 0, 1),
        run("x", "tool", 1, 3),
        run("b", "llm", 4, 5),
        run("c", "chain", 0, 5),
      ),
    );
    expect(calls[1]).toMatchObject({ wait_for: ["t/a"], tool_wait_ms: 2000, delay: 1000 });
  });
});

test.each([
  ['{"timestamp":0,"input_length":1,"output_length":1}', "mooncake"],
  ['{"resourceSpans":[]}', "otlp"],
  ['{\n "trace_id": "t",\n "spans": []}', "inference-perf"],
  ["TIMESTAMP,ContextTokens,GeneratedTokens\n", "azure"],
  ['{"id":"a","req":[]}', "claude-compact"],
  ['{"run_type":"llm","prompt_tokens":1}', "langsmith"],
  ["a,b,c", undefined],
])("%j begins a file of %s", (text, format) => {
  expect(detectFormat(text)?.name).toBe(format);
});
