/**
 * `--watch`: what a terminal shows while a simulation runs, and that nothing else changes. The
 * terminal is that of util-linux's `script`.
 */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { differences, MAIN, sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

writeFileSync(
  join(folder, "plan.yaml"),
  `cluster: 1x1xH100
llms:
  writer: { model: llama-3.2-1b, replicas: [{ gpus: [node0/gpu0], share: 1 }] }
`,
);
writeFileSync(
  join(folder, "trace.jsonl"),
  Array.from({ length: 200 }, (_, index) => {
    const call = { session_id: `${index}`, request_id: `${index}`, model: "writer" };
    const size = { input_length: 500, output_length: 100, timestamp: 50 * index };
    return `${JSON.stringify({ ...call, ...size })}\n`;
  }).join(""),
);

const REPLAY = "replay trace.jsonl --plan plan.yaml";

/** What a terminal shows of a command; undefined where there is no `script`. */
function onTerminal(command: string): string | undefined {
  const line = `${process.execPath} ${MAIN} ${command}`;
  try {
    return execFileSync("script", ["-qec", line, "/dev/null"], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

test("a terminal shows the run, and its results are the same bytes", async (context) => {
  const shown = onTerminal(`${REPLAY} --watch --out watched`);
  if (shown === undefined) context.skip("script is not installed");
  expect(shown).toMatch(/ % \| replay \| \d+ s/);
  expect(shown).toMatch(/executions {2}\d+ in flight, \d+ came/);
  expect(shown).toMatch(/writer +\d+ +\d+/);
  // The table is below a block that is gone.
  expect(shown!.split("\u001b[0J").at(-1)).toContain("p50 latency");
  await simDone(folder, `${REPLAY} --quiet --out plain`);
  const changed = differences(join(folder, "watched"), join(folder, "plain"));
  expect(changed).toEqual(["manifest.json"]);
});

test("without --watch there is a bar alone, and none with --quiet", (context) => {
  const bar = onTerminal(`${REPLAY} --out bar`);
  if (bar === undefined) context.skip("script is not installed");
  expect(bar).toMatch(/ % \| replay \| \d+ s/);
  expect(bar).not.toContain("in flight");
  expect(onTerminal(`${REPLAY} --quiet --out bar`)).not.toContain("█");
});

test("where there is no terminal nothing is shown", async () => {
  const { stderr } = await simDone(folder, `${REPLAY} --watch --out away`);
  expect(stderr).toBe("");
});

test.each(["--json", "--quiet"])("does not go with %s", async (other) => {
  const { code, stderr } = await sim(folder, ...`${REPLAY} --watch ${other}`.split(" "));
  expect(code).toBe(2);
  expect(stderr).toContain(`'--watch' cannot be used with option '${other}'`);
});
