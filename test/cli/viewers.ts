/**
 * Two runs of one trace, whose names are HTML, on plans that differ in a share; their viewers.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { MAIN, simDone, temporaryFolder } from "./sim.ts";

/** Folder of the runs `a` and `b`. */
export const folder = temporaryFolder();

/** A path in it. */
export const at = (name: string): string => join(folder, name);

/** A name that would run if it became markup. */
export const EVIL =
  "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">";

const planOf = (share: number) => `cluster: 1x2xH100
llms:
  large:
    model: llama-3.1-8b
    replicas:
      - { gpus: [node0/gpu0, node0/gpu1], share: 0.6 }
  ${JSON.stringify(EVIL)}:
    model: llama-3.2-1b
    replicas:
      - { gpus: [node0/gpu0], share: ${share} }
`;

const rows = Array.from({ length: 40 }, (_, session) => {
  const call = { session_id: `${session}`, input_length: 400, output_length: 60 };
  const first = { ...call, request_id: `${session}/0`, model: "large", timestamp: 200 * session };
  const wait = { wait_for: [`${session}/0`], tool_wait_ms: 100 };
  const long = { output_length: 90 };
  return [
    { ...first, workflow: EVIL },
    { ...call, ...wait, request_id: `${session}/1`, model: EVIL, role: EVIL },
    { ...call, ...wait, ...long, request_id: `${session}/2`, model: EVIL, role: EVIL },
  ];
}).flat();

/** The viewers that a test started. */
const started: ChildProcess[] = [];

beforeAll(async () => {
  writeFileSync(at("trace.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  for (const [name, share] of [
    ["a", 0.4],
    ["b", 0.2],
  ] as const) {
    writeFileSync(at(`${name}.yaml`), planOf(share));
    await simDone(folder, `replay trace.jsonl --plan ${name}.yaml --quiet --out ${name}`);
  }
});

afterAll(() => {
  for (const viewer of started) viewer.kill("SIGKILL");
});

/** By what they serve. */
const shared = new Map<string, Promise<string>>();

/** Where a viewer is that tests share. */
export function sharedView(...directories: string[]): Promise<string> {
  const key = directories.join(" ");
  const url = shared.get(key) ?? view(...directories).then((viewing) => viewing.url);
  shared.set(key, url);
  return url;
}

/** Starts a viewer and waits until it says where it is. */
export async function view(
  ...directories: string[]
): Promise<{ url: string; viewer: ChildProcess }> {
  const viewer = spawn(process.execPath, [MAIN, "view", ...directories], { cwd: folder });
  started.push(viewer);
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    viewer.stdout.on("data", (data) => {
      text += data;
      const found = /^Viewer: (http:\S+)$/m.exec(text);
      if (found !== null) resolve(found[1]!);
    });
    viewer.once("exit", (code) => reject(new Error(`sim view: exit ${code}`)));
  });
  return { url, viewer };
}
