/** Samples of the GPUs of a run, for their table. */

import type { Deployment } from "../deployment/plan.ts";
import type { GpusTable } from "../records/gpus-table.ts";
import type { ServedReplica } from "../serving/replica-pool.ts";
import { busyTicks } from "./measured-window.ts";

/** Rows of the GPU table: how much of a GPU's SMs worked since the last one, and its KV use. */
export function createGpuSampler(
  { cluster }: Deployment,
  table: GpusTable,
): (now: number, replicas: readonly ServedReplica[]) => void {
  let lastTime = 0;
  let lastBusy: number[] = [];
  return (now, replicas) => {
    const busy = busyTicks(replicas);
    const span = now - lastTime;
    const busyOfGpu = new Float64Array(cluster.gpus.length);
    const kvOfGpu = new Float64Array(cluster.gpus.length);
    replicas.forEach(({ replica, instance, blockBytes, state }, index) => {
      const fraction = span > 0 ? (busy[index]! - (lastBusy[index] ?? 0)) / span : 0;
      for (const gpu of instance.gpus) {
        busyOfGpu[gpu.index]! += fraction * instance.share;
        // A paused replica's is in host memory.
        if (state === "paused") continue;
        kvOfGpu[gpu.index]! += replica.kvAtSample().used * blockBytes;
      }
    });
    for (const { id, index } of cluster.gpus) {
      table.append({ gpu: id, time: now, busy: busyOfGpu[index]!, kvUsed: kvOfGpu[index]! });
    }
    lastTime = now;
    lastBusy = busy;
  };
}
