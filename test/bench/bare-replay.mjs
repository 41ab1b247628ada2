/**
 * The least that `sim replay` could cost: parses the trace and writes Arrow files with the columns
 * of a results directory, without simulating anything.
 *
 *   npm run build && node test/bench/write-replay-trace.mjs trace.jsonl
 *   time node test/bench/bare-replay.mjs trace.jsonl
 *   time node dist/cli/main.js replay trace.jsonl --plan PLAN --json
 *
 * With --compare PLAN it runs both several times, one after the other, and prints the CPU time
 * (user and system, of the whole process) of each and their ratio.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The numbers of a row of `calls`, of `executions` and of `iterations`; none is simulated. */
const TABLES = {
  calls: {
    int32: ["call", "execution", "replica", "prompt_tokens", "cached_tokens", "output_tokens"],
    alsoInt32: ["preemptions"],
    float64: ["submit_seconds", "start_seconds", "first_token_seconds", "end_seconds"],
    dictionary: ["llm", "role", "status"],
  },
  executions: {
    int32: ["execution"],
    float64: ["arrival_seconds", "end_seconds", "latency_seconds"],
    dictionary: ["workflow", "status", "draw_hash"],
  },
  iterations: {
    int32: ["replica", "iterations", "batch", "prefill_tokens", "context_tokens"],
    float64: ["start_seconds", "end_seconds", "slowdown"],
    dictionary: ["phase"],
  },
};

/** Rows of `iterations` for each call, about as many as a replay at a moderate load has. */
const SPANS_PER_CALL = 3;

const [trace, flag, plan] = process.argv.slice(2);
const isRight = flag === undefined || (flag === "--compare" && plan !== undefined);
if (trace === undefined || trace.startsWith("-") || !isRight) {
  console.error("usage: node test/bench/bare-replay.mjs TRACE [--compare PLAN]");
  process.exit(2);
}
if (flag === "--compare") compare();
else await writeBare();

/** Parses and writes. */
async function writeBare() {
  const lines = readFileSync(trace, "utf8").trimEnd().split("\n");
  const rows = lines.map((line) => JSON.parse(line));
  const { Float64, Int32, Table, makeVector, tableToIPC, vectorFromArray, Dictionary, Utf8, Uint32 } =
    await import("apache-arrow");
  const times = Float64Array.from(rows, ({ timestamp }) => timestamp / 1000);
  const tokens = Int32Array.from(rows, ({ input_length }) => input_length);
  const folder = mkdtempSync(join(tmpdir(), "bare-replay-"));
  for (const [name, { int32, alsoInt32 = [], float64, dictionary }] of Object.entries(TABLES)) {
    const count = rows.length * (name === "iterations" ? SPANS_PER_CALL : 1);
    const integers = Int32Array.from({ length: count }, (_, row) => tokens[row % tokens.length]);
    const numbers = Float64Array.from({ length: count }, (_, row) => times[row % times.length]);
    const columns = {};
    for (const key of [...int32, ...alsoInt32]) {
      columns[key] = makeVector({ type: new Int32(), data: integers });
    }
    for (const key of float64) columns[key] = makeVector({ type: new Float64(), data: numbers });
    for (const key of dictionary) {
      const type = new Dictionary(new Utf8(), new Uint32());
      const data = new Uint32Array(count);
      const values = vectorFromArray(["completed"], new Utf8());
      columns[key] = makeVector({ type, data, dictionary: values });
    }
    writeFileSync(join(folder, `${name}.arrow`), tableToIPC(new Table(columns), "file"));
  }
  rmSync(folder, { recursive: true });
}

/** Both side by side, in pairs, so that a busy machine slows down both. */
function compare() {
  const out = mkdtempSync(join(tmpdir(), "replayed-"));
  rmSync(out, { recursive: true });
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const self = fileURLToPath(import.meta.url);
  const ratios = [];
  for (let round = 1; round <= 5; round++) {
    const replayed = cpuSeconds([main, "replay", trace, "--plan", plan, "--json", "--out", out]);
    const bare = cpuSeconds([self, trace]);
    ratios.push(replayed / bare);
    const times = `replay ${replayed.toFixed(2)} s, bare ${bare.toFixed(2)} s of CPU`;
    console.log(`${round}: ${times}, ratio ${(replayed / bare).toFixed(2)}`);
  }
  rmSync(out, { recursive: true });
  ratios.sort((a, b) => a - b);
  console.log(`median ratio ${ratios[2].toFixed(2)}`);
}

/** CPU time of a Node process with its threads. */
function cpuSeconds(args) {
  // Node does not tell the CPU time of a child: the child does, when it ends.
  const report = `data:text/javascript,${encodeURIComponent(
    "import{writeSync}from'node:fs';process.on('exit',()=>{const{user,system}=process.cpuUsage();" +
      "writeSync(2,`cpu ${user+system}\\n`)})",
  )}`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", report, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const cpu = /cpu (\d+)/.exec(stderr);
  if (status !== 0 || cpu === null) throw new Error(stderr);
  return Number(cpu[1]) / 1e6;
}
