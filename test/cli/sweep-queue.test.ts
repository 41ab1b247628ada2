import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAIN, sim, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();
const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

const SWEEP = `
grid:
  workload: rag-reranker
  cluster: 1x2xH100
  planner: user
  rate: [1, 2, 3, 4]
  executions: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
`;

describe("sim sweep --queue", () => {
  test("says what to do where no Redis answers", async () => {
    writeFileSync(join(here, "sweep.yaml"), SWEEP);
    const url = `redis://:secret@127.0.0.1:${await freePort()}`;
    const { code, stderr } = await sim(here, "sweep", "sweep.yaml", "--queue", url);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no Redis answers at redis:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/);
    expect(stderr).not.toContain("secret");
  });

  test("refuses what is no address of a Redis", async () => {
    const { code, stderr } = await sim(here, "worker", "--queue", "localhost");
    expect([code, stderr]).toEqual([1, expect.stringContaining("redis://localhost:6379")]);
  });
});

describe.skipIf(!hasRedis)("sim worker (needs redis-server)", () => {
  const running: ChildProcess[] = [];
  let url: string;
  let port: number;

  const start = (...args: string[]) => {
    const process_ = spawn(process.execPath, [MAIN, ...args], { cwd: here, stdio: "pipe" });
    running.push(process_);
    return process_;
  };
  const startRedis = async () => {
    const flags = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", here];
    const redis = spawn("redis-server", flags);
    running.push(redis);
    await new Promise<void>((done) => {
      redis.stdout.on("data", (text) => String(text).includes("Ready to accept") && done());
    });
    return redis;
  };

  beforeAll(async () => {
    writeFileSync(join(here, "sweep.yaml"), SWEEP);
    port = await freePort();
    url = `redis://127.0.0.1:${port}`;
  });
  afterAll(() => {
    for (const process_ of running) process_.kill("SIGKILL");
  });

  test("no point is lost or counted twice when a worker and Redis die", async () => {
    await simDone(here, "sweep sweep.yaml --out alone");
    const redis = await startRedis();
    const flags = ["--queue", url, "--out", "queued", "--workers", "1"];
    const doomed = start("worker", ...flags);
    const sweep = start("sweep", "sweep.yaml", "--queue", url, "--out", "queued", "--json");
    let [stdout, stderr] = ["", ""];
    sweep.stdout!.on("data", (text) => {
      stdout += text;
    });
    sweep.stderr!.on("data", (text) => {
      stderr += text;
    });
    const ended = new Promise((done) => sweep.on("exit", done));

    await pointsIn("queued", 3);
    doomed.kill("SIGKILL");
    const redisEnded = new Promise((done) => redis.on("exit", done));
    redis.kill("SIGKILL");
    await redisEnded;
    await startRedis();
    start("worker", ...flags);
    expect(await ended).toBe(0);

    expect(JSON.parse(stdout)).toMatchObject({ points: 40, run: 40, missing: 0, failed: 0 });
    expect(stderr).toContain("start Redis again to go on");
    expect(stderr).toContain("connected to");
    const [queued, alone] = ["queued", "alone"].map((folder) =>
      readFileSync(join(here, folder, "points.arrow")),
    );
    expect(queued!.equals(alone!)).toBe(true);
    expect(tableFromIPC(queued!).numRows).toBe(40);
  });
});

/** Resolves once a folder of results has so many points. */
async function pointsIn(folder: string, count: number): Promise<void> {
  const points = join(here, folder, ".cache", "points");
  while (!existsSync(points) || readdirSync(points).length < count) {
    await new Promise((done) => setTimeout(done, 20));
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
