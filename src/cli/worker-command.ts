/**
 * `sim worker`: runs points that `sim sweep --queue` hands out, until it is stopped.
 */

import { availableParallelism } from "node:os";
import { pointFolder } from "../experiment/point-store.ts";
import { workOnQueue } from "../experiment/sweep-queue.ts";
import { toPoint } from "./sweep-points.ts";
import { parseCount } from "./values.ts";

/** As commander gives them. */
export interface WorkerOptions {
  readonly queue: string;
  readonly out?: string;
  readonly workers?: string;
  readonly quiet?: boolean;
}

/** Runs until the process is ended. */
export async function workerCommand({ queue, out, quiet, ...options }: WorkerOptions) {
  const workers = parseCount("--workers", options.workers ?? String(availableParallelism()), 1);
  const onMessage = (text: string) => {
    if (quiet !== true) process.stderr.write(`${text}\n`);
  };
  const place = { url: queue, folder: pointFolder(out), onMessage };
  await workOnQueue(place, workers, toPoint);
  onMessage("waiting for points; end it with Ctrl-C");
}
