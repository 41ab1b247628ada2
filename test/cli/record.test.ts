/**
 * `sim record` with a real framework: an agent of LangGraph.js (two models, a tool, a loop) asks a
 * server of OpenAI's protocol through it, and what was recorded is planned for and replayed.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BaseLanguageModel } from "@langchain/core/language_models/base";
import { type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { MAIN, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const PLACED = ["llama-3.1-8b", "qwen2.5-7b"] as const;
const SESSIONS = 3;
const LOOPS = 2;

/** Calls and tokens as the server counted them. */
const counted = { calls: 0, prompt: 0, output: 0 };
let server: Server;
let proxy: ChildProcess;
let baseURL: string;

beforeAll(async () => {
  // The framework would fetch a tokeniser from elsewhere.
  vi.spyOn(BaseLanguageModel.prototype, "getNumTokens").mockResolvedValue(1);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { model, messages } = JSON.parse(Buffer.concat(chunks).toString());
    const looked = messages.filter(({ role }: { role: string }) => role === "tool").length;
    const prompt_tokens = 200 + 30 * messages.length;
    const completion_tokens = 10 + counted.calls;
    counted.calls++;
    counted.prompt += prompt_tokens;
    counted.output += completion_tokens;
    const isDone = model === PLACED[1] || looked === LOOPS;
    const call = { name: "look_up", arguments: '{"word":"sea"}' };
    const delta = isDone
      ? { role: "assistant", content: `Well, after ${looked}: yes.` }
      : {
          role: "assistant",
          tool_calls: [{ index: 0, id: `call-${looked}`, type: "function", function: call }],
        };
    // LangGraph takes a message of a known id for another version of it.
    const fixed = { id: `answer-${counted.calls}`, object: "chat.completion.chunk", model };
    const chunk = (fields: object) => `data: ${JSON.stringify({ ...fixed, ...fields })}\n\n`;
    const finish_reason = isDone ? "stop" : "tool_calls";
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk({ choices: [{ index: 0, delta }] }));
    response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason }] }));
    const total_tokens = prompt_tokens + completion_tokens;
    response.write(
      chunk({ choices: [], usage: { prompt_tokens, completion_tokens, total_tokens } }),
    );
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const command = [MAIN, "record", "--upstream", upstream, "--out", "agent.jsonl", "--port", "0"];
  proxy = spawn(process.execPath, command, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(proxy.stdout!)) {
    baseURL = /^Base URL.* (http:\S+)$/.exec(line)?.[1] ?? "";
    if (baseURL !== "") break;
  }
});

afterAll(() => {
  proxy.kill();
  server.close();
});

/** Thinks and looks up in turns, then has a second model check. */
function agent(session: string) {
  const model = (name: string) =>
    new ChatOpenAI({
      model: name,
      apiKey: "secret-key",
      streaming: true,
      configuration: { baseURL, defaultHeaders: { "x-session-id": session } },
    });
  const lookUp = tool((asked) => `${(asked as { word: string }).word}: salt water`, {
    name: "look_up",
    description: "Looks up a word",
    schema: {
      type: "object",
      properties: { word: { type: "string" } },
      required: ["word"],
    },
  });
  const thinker = model(PLACED[0]).bindTools([lookUp]);
  const checker = model(PLACED[1]);
  type State = { messages: BaseMessage[] };
  const callsOf = ({ messages }: State) =>
    (messages.at(-1) as { tool_calls?: { id?: string; args: object }[] }).tool_calls ?? [];
  return new StateGraph(MessagesAnnotation)
    .addNode("think", async ({ messages }) => ({ messages: [await thinker.invoke(messages)] }))
    .addNode("look", async (state) => ({
      messages: await Promise.all(
        callsOf(state).map(
          async ({ id = "", args }) =>
            new ToolMessage({
              content: String(await lookUp.invoke(args as { word: string })),
              tool_call_id: id,
            }),
        ),
      ),
    }))
    .addNode("check", async ({ messages }) => ({ messages: [await checker.invoke(messages)] }))
    .addEdge(START, "think")
    .addConditionalEdges("think", (state) => (callsOf(state).length > 0 ? "look" : "check"), [
      "look",
      "check",
    ])
    .addEdge("look", "think")
    .addEdge("check", END)
    .compile();
}

test("an agent of LangGraph is recorded, planned for and replayed", async () => {
  const answers = await Promise.all(
    Array.from({ length: SESSIONS }, (_, index) =>
      agent(`run-${index}`).invoke({ messages: [new HumanMessage(`Question ${index}`)] }),
    ),
  );
  expect(answers.every(({ messages }) => String(messages.at(-1)!.content).includes("yes"))).toBe(
    true,
  );
  proxy.kill("SIGINT");
  await once(proxy, "exit");
  const text = readFileSync(join(folder, "agent.jsonl"), "utf8");
  expect(text).not.toMatch(/secret-key|Question/);
  const rows = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const total = (field: string) => rows.reduce((sum, row) => sum + row[field], 0);
  expect(counted.calls).toBe(SESSIONS * (LOOPS + 2));
  expect([rows.length, total("input_length"), total("output_length")]).toEqual([
    counted.calls,
    counted.prompt,
    counted.output,
  ]);
  for (let index = 0; index < SESSIONS; index++) {
    const own = rows.filter(({ session_id }) => session_id === `run-${index}`);
    expect(own.map(({ model }) => model)).toEqual([...Array(LOOPS + 1).fill(PLACED[0]), PLACED[1]]);
    const ids = own.map(({ request_id }) => request_id);
    expect(own.map(({ wait_for }) => wait_for)).toEqual([
      undefined,
      ...ids.slice(0, -1).map((id) => [id]),
    ]);
    // Each goes on from the call before it.
    expect(own.slice(1).map(({ prefix_of }) => prefix_of)).toEqual(ids.slice(0, -1));
  }

  const planned = "plan --workload agent.jsonl --cluster 1x2xH100 --rate 1 --out plan.yaml --quiet";
  await simDone(folder, planned);
  expect(readFileSync(join(folder, "plan.yaml"), "utf8")).toContain(PLACED[1]);
  const { stdout } = await simDone(folder, "replay agent.jsonl --plan plan.yaml --json");
  const { simulated, observed } = JSON.parse(stdout);
  expect(simulated).toMatchObject({
    calls: counted.calls,
    executions: { completed: SESSIONS, failed: 0 },
  });
  expect(observed.latency_seconds.mean).toBeGreaterThan(0);
});
