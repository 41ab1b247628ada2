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

test("100 concurrent streams lose none, and overlap as they did", async () => {
  const waiting: (() => void)[] = [];
  const { url, rows } = await recorded((body, response) => {
    const count = Number(JSON.parse(body).messages[0].content);
    const words = Array.from({ length: count }, () => "x");
    response.writeHead(200, { "content-type": "text/event-stream" });
    const [first, ...rest] = chatEvents(words, { prompt_tokens: 7, completion_tokens: count });
    response.write(first);
    waiting.push(() => response.end(rest.join("")));
    if (waiting.length === 100) for (const go of waiting) go();
  });
  const texts = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const messages = [{ role: "user", content: String(index + 1) }];
      const init = { headers: { "x-session-id": "one" } };
      const body = { model: "small", stream: true, messages };
      return (await post(`${url}/v1/chat/completions`, body, init)).text();
    }),
  );
  expect(texts.every((text) => text.endsWith("data: [DONE]\n\n"))).toBe(true);
  expect(rows.map((row) => row.output_length).sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  // The server ended none before it had all.
  const lastSubmit = Math.max(...rows.map(({ observed }) => observed.submit_ms));
  expect(rows.every(({ observed }) => observed.end_ms > lastSubmit)).toBe(true);
  expect(rows.some((row) => "wait_for" in row)).toBe(false);
});

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
