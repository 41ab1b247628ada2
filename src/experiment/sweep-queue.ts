/**
 * Points of a sweep over a queue in Redis (BullMQ, installed by those who use it). The sweep queues
 * what is missing under the keys of the points and watches the folder of results; workers take a
 * point each. The queue holds nothing that counts: a worker that dies gives its point back when its
 * lock runs out, and what a Redis without its data has lost is queued anew.
 */

import type { Job, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { PointOptions } from "../config/sweep-schema.ts";
import { UserError } from "../errors.ts";
import { missingPoints, readPoint, removePoint, writePoint } from "./point-store.ts";
import { codeHash } from "./profile-cache.ts";
import { runOne } from "./sweep.ts";
import { failedResult, type SweepPoint } from "./sweep-point.ts";
import { createThreads } from "./workers.ts";

/** Milliseconds between looks at the results, and between looks at the queue. */
const RESULTS_INTERVAL = 500;
const QUEUE_INTERVAL = 3000;

/** Milliseconds after which a dead worker's point is taken from it, at most the sum of both. */
const LOCK_DURATION = 8000;
const STALLED_INTERVAL = 4000;

/** Workers that may die over a point before it counts as failed. */
const DEATHS_MAX = 3;

/** Where points are handed over and kept. */
export interface QueuePlace {
  /** Such as redis://host:6379. */
  readonly url: string;
  /** The folder of results, the same for sweep and workers. */
  readonly folder: string;
  /** Told when the queue cannot be reached, and when it can again. */
  readonly onMessage: (text: string) => void;
}

/** Has workers run the points; returns when every one has a result. */
export async function queuePoints(
  points: readonly SweepPoint[],
  { url, folder, onMessage }: QueuePlace,
  onDone: (done: number) => void,
): Promise<void> {
  const { bullmq, redis } = await connect(url, onMessage);
  const queue: Queue = new bullmq.Queue(queueName(), { connection: redis });
  queue.on("error", () => {});
  try {
    for (const { key } of points) removePoint(folder, key);
    await forgetFailures(queue, points);
    let left: readonly SweepPoint[] = points;
    let lookedAt = Number.NEGATIVE_INFINITY;
    let looking: Promise<void> | undefined;
    while (left.length > 0) {
      // Redis may be away: the look waits for it, the results do not.
      if (looking === undefined && performance.now() - lookedAt > QUEUE_INTERVAL) {
        lookedAt = performance.now();
        looking = keepQueued(queue, left, folder).finally(() => {
          looking = undefined;
        });
      }
      await Promise.race([pause(RESULTS_INTERVAL), looking ?? pause(RESULTS_INTERVAL)]);
      left = missingPoints(folder, left, false);
      onDone(points.length - left.length);
    }
  } finally {
    redis.disconnect();
  }
}

/** Runs points from the queue until the process ends. */
export async function workOnQueue(
  { url, folder, onMessage }: QueuePlace,
  workers: number,
  toPoint: (options: PointOptions) => SweepPoint,
): Promise<void> {
  const { bullmq, redis } = await connect(url, onMessage);
  const pool = await createThreads(workers);
  const work = async ({ id, data }: Job<PointOptions>) => {
    if (id === undefined || readPoint(folder, id) !== undefined) return;
    const point = toPoint(data);
    if (point.key !== id) {
      throw new UserError("a worker's input files differ from those of the sweep");
    }
    await runOne(pool, point, folder);
  };
  const worker: Worker = new bullmq.Worker(queueName(), work, {
    connection: redis,
    concurrency: workers,
    lockDuration: LOCK_DURATION,
    stalledInterval: STALLED_INTERVAL,
    maxStalledCount: DEATHS_MAX,
  });
  // Results are in the folder by then: a lost lock or connection costs a repetition at most.
  worker.on("error", () => {});
}

/** Workers of another program would give other results under other keys: they are not asked. */
function queueName(): string {
  return `sim-points-${codeHash().slice(0, 12)}`;
}

/** Queues what is missing, again after a loss, and records what cannot be run. */
async function keepQueued(
  queue: Queue,
  left: readonly SweepPoint[],
  folder: string,
): Promise<void> {
  const options = new Map(left.map((point) => [point.key, point.options]));
  for (const job of await queue.getFailed()) {
    const point = options.get(job.id ?? "");
    if (point === undefined) continue;
    writePoint(folder, job.id!, failedResult(point, new UserError(job.failedReason)));
    options.delete(job.id!);
    await job.remove();
  }
  // A key that is in the queue already is not added again.
  const jobs = [...options].map(([jobId, data]) => ({
    name: "point",
    data,
    opts: { jobId, removeOnComplete: true },
  }));
  await queue.addBulk(jobs);
}

async function forgetFailures(queue: Queue, points: readonly SweepPoint[]): Promise<void> {
  const keys = new Set(points.map(({ key }) => key));
  for (const job of await queue.getFailed()) if (keys.has(job.id ?? "")) await job.remove();
}

/** A connection that comes back by itself once it stood. */
async function connect(url: string, onMessage: QueuePlace["onMessage"]) {
  const { bullmq, ioredis } = await loadLibraries();
  if (!/^rediss?:\/\//.test(url)) {
    throw new UserError("--queue is no address of a Redis", {
      hint: "give one such as redis://localhost:6379",
    });
  }
  const shown = url.replace(/\/\/[^@/]*@/, "//");
  let hasStood = false;
  const redis: Redis = new ioredis.Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => (hasStood ? 500 : null),
  });
  let isAway = false;
  let reason = "";
  redis.on("error", (error) => {
    reason = error.message;
  });
  redis.on("close", () => {
    if (!hasStood || isAway) return;
    isAway = true;
    onMessage(`no connection to ${shown}: start Redis again to go on; what is finished is kept`);
  });
  redis.on("ready", () => {
    if (isAway) onMessage(`connected to ${shown} again`);
    isAway = false;
  });
  try {
    await redis.connect();
  } catch {
    redis.disconnect();
    throw new UserError(`no Redis answers at ${shown}: ${reason}`, {
      hint: "start one (`redis-server`), or give its address with --queue",
    });
  }
  hasStood = true;
  return { bullmq, redis };
}

async function loadLibraries() {
  try {
    return { bullmq: await import("bullmq"), ioredis: await import("ioredis") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UserError("--queue needs the packages bullmq and ioredis, which are not installed", {
      hint: "npm install --no-save bullmq@6 ioredis@6",
    });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
