/**
 * What `sim record` adds to the latency of streams: the same calls through the proxy and straight
 * to the server, in turns. The server, the proxy and the clients are processes of their own, with
 * one clock. A latency is the time that a request took to the server and an event took back: what
 * the server waits between events is left out. As engines do, the server sends an event of every
 * stream at each of its iterations.
 *
 *   node test/bench/proxy.mjs [--json]
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** Seconds: the time between tokens of a 70B model on a few GPUs. */
const ITERATION = 0.02;
const EVENTS = 50;
const TARGETS = { one: 0.001, many: 0.015 };

/** Milliseconds on the clock that all processes of a machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

if (process.argv[2] === "--serve") serve();
else await measure();

function serve() {
  const streams = new Set();
  const chunk = (fields) => `data: ${JSON.stringify({ model: "m", ...fields })}\n\n`;
  setInterval(() => {
    for (const stream of streams) {
      if (stream.sent < EVENTS) {
        const content = stream.sent++ === 0 ? String(stream.received) : " token";
        const delta = { content };
        stream.response.write(chunk({ sent: now(), choices: [{ index: 0, delta }] }));
        continue;
      }
      streams.delete(stream);
      const usage = { prompt_tokens: 7, completion_tokens: EVENTS };
      stream.response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`);
    }
  }, 1000 * ITERATION);
  const server = http.createServer((request, response) => {
    const received = now();
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      streams.add({ response, received, sent: 0 });
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "sim-proxy-"));
  const trace = join(folder, "trace.jsonl");
  const server = spawn(process.execPath, [import.meta.filename, "--serve"]);
  const direct = `http://127.0.0.1:${await lineOf(server, /^\d+$/)}`;
  const main = resolve(import.meta.dirname, "../../dist/cli/main.js");
  const command = [main, "record", "--upstream", direct, "--out", trace, "--port", "0"];
  const proxy = spawn(process.execPath, command);
  const base = /http:\S+:\d+/.exec(await lineOf(proxy, /^Base URL/))[0];
  try {
    const urls = { direct, proxied: base };
    await run(urls, { streams: 10, calls: 2, rounds: 1 });
    const one = await run(urls, { streams: 1, calls: 4, rounds: 6 });
    const many = await run(urls, { streams: 100, calls: 4, rounds: 4 });
    proxy.kill("SIGINT");
    await once(proxy, "exit");
    const recorded = readFileSync(trace, "utf8").trim().split("\n").length;
    const asked = 10 * 2 + 4 * 6 + 100 * 4 * 4;
    report({ one, many, calls: asked, recorded });
  } finally {
    proxy.kill();
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

async function lineOf(child, pattern) {
  for await (const line of createInterface(child.stdout)) if (pattern.test(line)) return line;
  throw new Error("a process ended before it listened");
}

/** Each round: all streams through the proxy, then all of them straight, each calls in a row. */
async function run(urls, { streams, calls, rounds }) {
  const latencies = { direct: [], proxied: [] };
  for (let round = 0; round < rounds; round++) {
    for (const way of round % 2 === 0 ? ["proxied", "direct"] : ["direct", "proxied"]) {
      await block(urls[way], { streams, calls, latencies: latencies[way] });
    }
  }
  return { streams, ...summaryOf(latencies) };
}

/** Streams start one after the other, and what comes while some are missing is not measured. */
async function block(url, { streams, calls, latencies }) {
  const agent = new http.Agent({ keepAlive: true });
  let active = 0;
  const stream = async (index) => {
    await sleep((1000 * ITERATION * EVENTS * index) / streams);
    active++;
    for (let call = 0; call < calls; call++) {
      await ask(url, agent, (latency) => {
        if (active === streams && call > 0) latencies.push(latency);
      });
    }
    active--;
  };
  await Promise.all(Array.from({ length: streams }, (_, index) => stream(index)));
  agent.destroy();
}

/** One call; tells of each event how long the request and it were under way. */
function ask(url, agent, onEvent) {
  const body = JSON.stringify({
    model: "m",
    stream: true,
    messages: [{ role: "user", content: "Tell me a story about the sea. ".repeat(100) }],
  });
  const headers = { "content-type": "application/json", "content-length": body.length };
  return new Promise((done, failed) => {
    const sent = now();
    let there = 0;
    const read = (line) => {
      const { choices, sent: left } = JSON.parse(line.slice(6));
      if (choices.length === 0) return;
      if (there === 0) there = Number(choices[0].delta.content) - sent;
      onEvent(there + now() - left);
    };
    const request = http.request(`${url}/v1/chat/completions`, { method: "POST", agent, headers });
    request.on("error", failed);
    request.on("response", (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (text) => {
        const lines = (rest + text).split("\n\n");
        rest = lines.pop();
        for (const line of lines) if (line !== "data: [DONE]") read(line);
      });
      response.on("error", failed);
      response.on("end", done);
    });
    request.end(body);
  });
}

function summaryOf({ direct, proxied }) {
  const quantile = (values, part) =>
    values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1] / 1000;
  const both = (part) => ({
    direct_seconds: quantile(direct, part),
    proxied_seconds: quantile(proxied, part),
    added_seconds: quantile(proxied, part) - quantile(direct, part),
  });
  return { events: proxied.length, median: both(0.5), p99: both(0.99) };
}

function report({ one, many, calls, recorded }) {
  const met = {
    recorded: recorded === calls,
    median_one: one.median.added_seconds <= TARGETS.one,
    p99_many: many.p99.added_seconds <= TARGETS.many,
  };
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ one, many, calls, recorded, met }, null, 2));
    return;
  }
  const ms = (seconds) => `${(1000 * seconds).toFixed(2)} ms`;
  for (const { streams, events, median, p99 } of [one, many]) {
    console.log(`${streams} at once, ${events} events:`);
    for (const [name, value] of Object.entries({ median, p99 })) {
      const { direct_seconds, proxied_seconds, added_seconds } = value;
      console.log(
        `  ${name}: ${ms(proxied_seconds)} through the proxy, ${ms(direct_seconds)} straight, ` +
          `${ms(added_seconds)} added`,
      );
    }
  }
  console.log(`${recorded} of ${calls} calls recorded`);
  console.log(`targets: ${JSON.stringify(met)}`);
}
