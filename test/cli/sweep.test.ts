import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { beforeAll, describe, expect, test } from "vitest";
import { MAIN, sim, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();

const SWEEP = `
grid:
  workload: rag-reranker
  cluster: 1x2xH100
  planner: [scepsy, user]
  rate: 4/s
  load: 0.5
  executions: [20, 40]
`;

/** The table's bytes. */
const tableIn = (folder: string) => readFileSync(join(here, folder, "points.arrow"));

describe("sim sweep", () => {
  let undisturbed: Buffer;

  beforeAll(async () => {
    writeFileSync(join(here, "sweep.yaml"), SWEEP);
    const { stdout } = await simDone(here, "sweep sweep.yaml --workers 1 --out one --json");
    expect(JSON.parse(stdout)).toMatchObject({
      points: 8,
      found: 0,
      run: 8,
      missing: 0,
      failed: 0,
    });
    undisturbed = tableIn("one");
  });

  test("can be reported on", async () => {
    await simDone(here, "report one");
    const page = readFileSync(join(here, "one/report.html"), "utf8");
    expect(page).toContain("one: a sweep of 8 points");
    expect(page).toContain("rag-reranker on 1x2xH100</h3>");
  });

  test("writes one row a point, in the order of the file", () => {
    const table = tableFromIPC(undisturbed);
    const rows = table.toArray().map((row) => row.toJSON());
    const planners = ["scepsy", "scepsy", "scepsy", "scepsy", "user", "user", "user", "user"];
    expect(rows.map(({ planner }) => planner)).toEqual(planners);
    expect(rows.map(({ option_executions }) => option_executions)).toEqual(
      planners.map((_, index) => (index % 2 === 0 ? "20" : "40")),
    );
    expect(rows.map(({ option_load }) => option_load)).toEqual(
      planners.map((_, index) => (index % 4 < 2 ? "" : "0.5")),
    );
    for (const row of rows) {
      expect(row.error).toBe("");
      expect(row.executions_arrived).toBe(0.9 * row.option_executions);
      expect(row.latency_mean_seconds).toBeGreaterThan(0.1);
      expect(row.predicted_throughput_max_per_second).toBeGreaterThan(row.rate_per_second / 2);
    }
    // A load is a part of the same peak, scepsy's, for every planner.
    expect(rows[0]!.rate_per_second).toBe(4);
    expect(rows[2]!.rate_per_second).toBe(rows[6]!.rate_per_second);
  });

  test("two workers write the same bytes, and so do four shards, merged", async () => {
    await simDone(here, "sweep sweep.yaml --workers 2 --out two");
    expect(tableIn("two").equals(undisturbed)).toBe(true);

    await simDone(here, "sweep sweep.yaml --shard 3/4 --out shards");
    const early = await sim(here, ..."sweep sweep.yaml --merge --out shards".split(" "));
    expect(early.code).toBe(1);
    expect(early.stderr).toContain("6 of 8 points are missing");
    const slurm = {
      SLURM_ARRAY_TASK_ID: "5",
      SLURM_ARRAY_TASK_MIN: "5",
      SLURM_ARRAY_TASK_COUNT: "4",
    };
    await simDone(here, "sweep sweep.yaml --out shards", slurm);
    expect(existsSync(join(here, "shards", "points.arrow"))).toBe(false);
    await simDone(here, "sweep sweep.yaml --shard 4 --out shards", { JOB_COMPLETION_INDEX: "1" });
    await simDone(here, "sweep sweep.yaml --shard 4/4 --out shards");
    await simDone(here, "sweep sweep.yaml --merge --out shards");
    expect(tableIn("shards").equals(undisturbed)).toBe(true);
  });

  test("goes on after a Ctrl-C, repeats nothing, and can be extended", async () => {
    const ended = await interrupted("exec node $MAIN sweep sweep.yaml --workers 1 --out stopped");
    expect(ended).toBe(130);
    const points = readdirSync(join(here, "stopped/.cache/points"));
    expect(points.length).toBeGreaterThan(0);
    for (const name of points) {
      expect(name).toMatch(/^[0-9a-f]{32}\.json$/);
      JSON.parse(readFileSync(join(here, "stopped/.cache/points", name), "utf8"));
    }
    const { stdout } = await simDone(here, "sweep sweep.yaml --out stopped --json");
    expect(JSON.parse(stdout)).toMatchObject({ found: points.length, run: 8 - points.length });
    expect(tableIn("stopped").equals(undisturbed)).toBe(true);

    writeFileSync(join(here, "more.yaml"), SWEEP.replace("20, 40", "20, 30, 40"));
    const more = await simDone(here, "sweep more.yaml --out stopped --json");
    expect(JSON.parse(more.stdout)).toMatchObject({ points: 12, found: 8, run: 4 });
  });

  test("records a point that fails, runs the rest, and tries it again", async () => {
    const text = `${SWEEP.replace("[20, 40]", "20")}points:
  - { workload: rag-reranker, cluster: 1x2xH100, rate: 1, executions: 1, warmup: 1 h }\n`;
    writeFileSync(join(here, "failing.yaml"), text);
    mkdirSync(join(here, "failing"));
    cpSync(join(here, "one/.cache"), join(here, "failing/.cache"), { recursive: true });
    for (const run of [1, 2]) {
      const ended = await sim(here, ..."sweep failing.yaml --out failing --json".split(" "));
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain("1 of 5 points failed, the first: no execution arrives");
      expect(JSON.parse(ended.stdout)).toMatchObject({ found: 4, run: 1, failed: 1 });
      const errors = [...tableFromIPC(tableIn("failing")).getChild("error")!];
      expect(errors.slice(0, 4), `run ${run}`).toEqual(["", "", "", ""]);
      expect(errors[4]).toContain("no execution arrives after the warm-up");
    }
  });

  test.each([
    [
      "an unknown planner",
      "planner: [scepsy, usr]",
      'bad.yaml:5:21: grid.planner[1]: unknown planner "usr"',
    ],
    ["a word that is no option", "planer: user", "bad.yaml:5:3"],
    ["a load that is no part", "load: 60%", "bad.yaml:5:9: grid.load"],
  ])("refuses %s at its place", async (_, line, message) => {
    const text = SWEEP.replace("planner: [scepsy, user]", line).replace("  load: 0.5\n", "");
    writeFileSync(join(here, "bad.yaml"), text);
    const { code, stderr } = await sim(here, "sweep", "bad.yaml");
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});

/** Runs a shell command, interrupts it once a point is there, and returns its exit code. */
function interrupted(command: string): Promise<number | null> {
  const folder = join(here, "stopped/.cache/points");
  const shell = spawn("bash", ["-c", `(${command}); exit $?`], {
    cwd: here,
    env: { ...process.env, MAIN: resolve(MAIN) },
    detached: true,
  });
  const watch = setInterval(() => {
    if (!existsSync(folder) || !readdirSync(folder).some((name) => name.endsWith(".json"))) return;
    clearInterval(watch);
    process.kill(-shell.pid!, "SIGINT");
  }, 5);
  return new Promise((done) => {
    shell.on("exit", (code, signal) => {
      clearInterval(watch);
      done(signal === "SIGINT" ? 130 : code);
    });
  });
}
