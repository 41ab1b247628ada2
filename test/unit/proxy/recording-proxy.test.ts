/** The proxy between real clients and a real server. */

import { expect, test } from "vitest";
import { chatEvents, completion, post, recorded } from "./upstream.ts";

const ASK = { model: "small", messages: [{ role: "user", content: "hello there" }] };

test("streams pass byte for byte and are counted as the server counts", async () => {
  const usage = {
    prompt_tokens: 40,
    completion_tokens: 2,
    prompt_tokens_details: { cached_tokens: 32 },
  };
  const events = chatEvents(["Grüße", " 🙂"], usage).join("");
  const { url, direct, rows } = await recorded((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "x-own": "kept" });
    const bytes = Buffer.from(events);
    // Cuts within a character.
    response.write(bytes.subarray(0, 71));
    setTimeout(() => response.end(bytes.subarray(71)), 5);
  });
  const through = await post(`${url}/v1/chat/completions`, { ...ASK, stream: true });
  const straight = await post(`${direct}/v1/chat/completions`, { ...ASK, stream: true });
  expect(through.headers.get("x-own")).toBe("kept");
  const bytes = Buffer.from(await through.arrayBuffer());
  expect(bytes.equals(Buffer.from(await straight.arrayBuffer()))).toBe(true);
  expect(rows).toMatchObject([
    { model: "small", input_length: 40, output_length: 2, observed: { cached_tokens: 32 } },
  ]);
  expect(JSON.stringify(rows)).not.toMatch(/Grüße|hello/);
});

test("conversations make sessions, with waits and shared prefixes", async () => {
  const { url, rows } = await recorded((_, response) => response.end(completion("Hi!", 10, 3)));
  const say = (messages: object[]) =>
    post(`${url}/v1/chat/completions`, { model: "small", messages }).then((r) => r.text());
  await say(ASK.messages);
  await say([{ role: "user", content: "unrelated" }]);
  const answer = { role: "assistant", content: [{ type: "text", text: " Hi!" }] };
  await say([...ASK.messages, answer, { role: "user", content: "more" }]);
  expect(rows.map((row) => row.session_id)).toEqual([
    "conversation-1",
    "conversation-2",
    "conversation-1",
  ]);
  const delay = rows[2]!.observed.submit_ms - rows[0]!.observed.end_ms;
  expect(rows[2]).toMatchObject({ wait_for: ["1"], prefix_of: "1", prefix_tokens: 10 });
  expect(rows[2]!.delay).toBeCloseTo(delay, 3);
  expect(rows[0]).toMatchObject({ timestamp: rows[0]!.observed.submit_ms });
});

test("100 streams at once lose none, with tokens and overlaps as the server saw them", async () => {
  const served = new Map<string, { received: number; ended: number; go: () => void }>();
  const { url, rows } = await recorded((body, response) => {
    const id = String(JSON.parse(body).messages[0].content);
    const received = performance.now();
    response.writeHead(200, { "content-type": "text/event-stream" });
    const events = chatEvents(["a", "b", "c"], usageOf(Number(id)));
    response.write(events[0]);
    const go = () => {
      served.get(id)!.ended = performance.now();
      response.end(events.slice(1).join(""));
    };
    served.set(id, { received, ended: Number.NaN, go });
  });
  const ask = async (index: number) => {
    const messages = [{ role: "user", content: String(index) }];
    const init = { headers: { "x-session-id": "one" } };
    const body = { model: "small", stream: true, messages };
    const response = await post(`${url}/v1/chat/completions`, body, init);
    return { text: response.text() };
  };
  const askAll = (from: number, to: number) =>
    Promise.all(Array.from({ length: to - from }, (_, index) => ask(from + index)));
  const end = (from: number, to: number, asked: readonly { text: Promise<string> }[]) => {
    for (let index = from; index < to; index++) served.get(String(index))!.go();
    return Promise.all(asked.slice(from, to).map(({ text }) => text));
  };
  // All hundred at once, then half of them with fifty new ones.
  const asked = await askAll(0, 100);
  const texts = await end(0, 50, asked);
  asked.push(...(await askAll(100, 150)));
  texts.push(...(await end(50, 150, asked)));
  expect(texts.every((text) => text.endsWith("data: [DONE]\n\n"))).toBe(true);

  const said = rows.map((row) => {
    const { prompt_tokens, completion_tokens } = usageOf(Number(row.output_length) - 1);
    expect(row).toMatchObject({ input_length: prompt_tokens, output_length: completion_tokens });
    expect(row.observed).toMatchObject({ cached_tokens: Number(row.output_length) - 1 });
    return Number(row.output_length) - 1;
  });
  expect(said.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, id) => id));
  const recordedSpans = rows.map(({ observed }) => [observed.submit_ms, observed.end_ms] as const);
  const servedSpans = said.map((id) => {
    const { received, ended } = served.get(String(id))!;
    return [received, ended] as const;
  });
  expect(overlaps(recordedSpans)).toEqual(overlaps(servedSpans));
  expect(overlaps(recordedSpans)).toHaveLength((100 * 99 - 50 * 49 + 100 * 99) / 2);
  // The new ones have waited for those that had ended.
  expect(rows.filter((row) => (row.wait_for as string[] | undefined)?.length === 50)).toHaveLength(
    50,
  );
});

/** Tokens that the server says call `id` took. */
function usageOf(id: number) {
  const prompt_tokens_details = { cached_tokens: id };
  return { prompt_tokens: 1000 + 3 * id, completion_tokens: id + 1, prompt_tokens_details };
}

/** Pairs of spans that have a time in common. */
function overlaps(spans: readonly (readonly [number, number])[]): string[] {
  return spans.flatMap(([start, end], a) =>
    spans.flatMap(([otherStart, otherEnd], b) =>
      b < a && start < otherEnd && otherStart < end ? [`${b} ${a}`] : [],
    ),
  );
}

test("failures reach the client and are counted, not written", async () => {
  const { url, rows, recorder, stopUpstream } = await recorded((body, response) => {
    if (body.includes("broken")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(chatEvents(["x"])[0]!, () => response.destroy());
    } else response.writeHead(429).end("slow down");
  });
  const refused = await post(`${url}/v1/chat/completions`, ASK);
  expect([refused.status, await refused.text()]).toEqual([429, "slow down"]);
  const broken = await post(`${url}/v1/chat/completions`, { ...ASK, user: "broken" });
  await expect(broken.text()).rejects.toThrow();
  await stopUpstream();
  const gone = await post(`${url}/v1/chat/completions`, ASK);
  expect(gone.status).toBe(502);
  expect(await gone.json()).toMatchObject({ error: { type: "proxy_error" } });
  expect(rows).toEqual([]);
  expect(recorder.counts).toMatchObject({ calls: 0, failed: 3, unfinished: 0 });
});

test("a client that leaves takes its call with it", async () => {
  let closed: () => void;
  const upstreamClosed = new Promise<void>((done) => {
    closed = done;
  });
  const { url, rows, recorder } = await recorded((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chatEvents(["x"])[0]!);
    response.on("close", () => closed());
  });
  const leaving = new AbortController();
  const { signal } = leaving;
  const answer = await post(`${url}/v1/chat/completions`, { ...ASK, stream: true }, { signal });
  await answer.body!.getReader().read();
  leaving.abort();
  await upstreamClosed;
  expect(rows).toMatchObject([{ output_length: 1, tokens_estimated: true }]);
  expect(rows[0]!.cancelled_ms).toBeGreaterThan(0);
  expect(recorder.counts).toMatchObject({ calls: 1, cancelled: 1, failed: 0 });
});

test("long requests are refused, with and without a length", async () => {
  const { url, rows, recorder } = await recorded((_, response) => response.end("{}"), {
    maxBody: 100,
  });
  const long = { ...ASK, pad: "x".repeat(200) };
  expect((await post(`${url}/v1/chat/completions`, long)).status).toBe(413);
  const body = new Blob([JSON.stringify(long)]).stream();
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  expect((await fetch(`${url}/v1/chat/completions`, init)).status).toBe(413);
  expect(rows).toEqual([]);
  expect(recorder.counts.failed).toBe(2);
});

test("what is no call is passed on; credentials too, and kept nowhere", async () => {
  const { url, rows } = await recorded((_, response, { headers, url: path }) =>
    response.end(path === "/v1/models" ? headers.authorization : completion("a", 1, 1)),
  );
  const headers = { authorization: "Bearer secret" };
  expect(await (await fetch(`${url}/v1/models`, { headers })).text()).toBe("Bearer secret");
  expect(rows).toEqual([]);
  await (await post(`${url}/v1/chat/completions`, ASK, { headers })).text();
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain("secret");
});
