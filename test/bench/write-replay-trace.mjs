/**
 * Writes a trace of one-call sessions with Poisson arrivals, to measure `sim replay` on:
 *
 *   node test/bench/write-replay-trace.mjs FILE [calls=100000] [rate=8] [seed=1]
 *
 * Every call has 512 prompt and 128 output tokens; the same seed gives the same bytes.
 */

import { writeFileSync } from "node:fs";
import seedrandom from "seedrandom";

const [file, calls = "100000", rate = "8", seed = "1"] = process.argv.slice(2);
if (file === undefined || file.startsWith("-")) {
  console.error("usage: node test/bench/write-replay-trace.mjs FILE [calls] [rate] [seed]");
  process.exit(2);
}

const random = seedrandom.alea(`${seed}/replay-trace`).double;
const lines = [];
let milliseconds = 0;
for (let call = 0; call < Number(calls); call++) {
  milliseconds += (-Math.log(1 - random()) / Number(rate)) * 1000;
  const row = {
    session_id: `${call}`,
    request_id: `${call}/0`,
    model: "llama-3.1-8b",
    input_length: 512,
    output_length: 128,
    timestamp: Math.round(milliseconds * 1000) / 1000,
  };
  lines.push(JSON.stringify(row));
}
writeFileSync(file, `${lines.join("\n")}\n`);
