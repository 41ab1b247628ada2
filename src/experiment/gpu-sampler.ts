/** Samples of the GPUs of a run, for their table. */

import type { Deployment } from "../deployment/plan.ts";
import type { GpusTable } from "../records/gpus-table.ts";
import type { ServedReplica } from "../serving/replica-pool.ts";

/** Rows of the GPU table: how much of a GPU's SMs worked since the last one, and its KV use. */
export function createGpuSampler(
  { cluster: { gpus } }: Deployment,
  table: GpusTable,
): (now: number, replicas: readonly ServedReplica[]) => void {
  let lastTime = 0;
  /** By replica: its busy ticks at the last sample. */
  const lastBusy: number[] = [];
  const busyOfGpu = new Float64Array(gpus.length);
  const kvOfGpu = new Float64Array(gpus.length);
  return (now, replicas) => {
    const span = now - lastTime;
    lastTime = now;
    busyOfGpu.fill(0);
    kvOfGpu.fill(0);
    for (let index = 0; index < replicas.length; index++) {
      const { replica, instance, blockBytes, state } = replicas[index]!;
      const busy = replica.busyTicks();
      const fraction = span > 0 ? (busy - (lastBusy[index] ?? 0)) / span : 0;
      lastBusy[index] = busy;
      // A paused replica's is in host memory.
      const kvBytes = state === "paused" ? 0 : replica.kvAtSample().used * blockBytes;
      for (const gpu of instance.gpus) {
        busyOfGpu[gpu.index]! += fraction * instance.share;
        kvOfGpu[gpu.index]! += kvBytes;
      }
    }
    for (const { id, index } of gpus) {
      table.append({ gpu: id, time: now, busy: busyOfGpu[index]!, kvUsed: kvOfGpu[index]! });
    }
  };
}
