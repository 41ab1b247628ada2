/**
 * The part of a run that is measured: from the first measured arrival to the last arrival. How
 * busy replicas were in it, and that Little's law holds in it.
 */

import type { ServedReplica } from "../serving/replica-pool.ts";
import { LittlesLawObserver } from "./littles-law.ts";

/** Parts of the window in which a replica had an iteration under way, and was there at all. */
export interface ReplicaUse {
  readonly busy: number;
  readonly present: number;
}

/** Watches a run; times in ticks. */
export class MeasuredWindow {
  /** -1 until the first measured arrival. */
  start = -1;
  end = 0;
  readonly #law = new LittlesLawObserver();
  #busyAtStart: readonly number[] = [];
  #busyAtEnd: readonly number[] = [];

  /** An execution arrives, measured or not. */
  arrive(now: number, isMeasured: boolean, replicas: readonly ServedReplica[]): void {
    if (isMeasured && this.start < 0) {
      this.start = now;
      this.#busyAtStart = busyTicks(replicas);
      this.#law.openWindow(now);
    }
    this.#law.arrive(now);
  }

  /** An execution ends; at a negative instant, only with the run. */
  leave(now: number, arrivalTime: number): void {
    this.#law.leave(now, arrivalTime);
  }

  /** The last execution has arrived. */
  close(now: number, replicas: readonly ServedReplica[]): void {
    this.end = now;
    this.#busyAtEnd = busyTicks(replicas);
    this.#law.closeWindow(now);
  }

  /** The run ends: asserts Little's law. */
  endRun(now: number): void {
    this.#law.end(now);
  }

  /** What each replica that there ever was did in the window. */
  replicaUse(replicas: readonly ServedReplica[]): ReplicaUse[] {
    const span = this.end - this.start;
    return replicas.map(({ joined, left }, index) => {
      const busyTicks = (this.#busyAtEnd[index] ?? 0) - (this.#busyAtStart[index] ?? 0);
      const presentTicks = Math.min(left, this.end) - Math.max(joined, this.start);
      return { busy: busyTicks / span, present: Math.max(0, presentTicks) / span };
    });
  }
}

/** Ticks by replica up to now in which an iteration was under way. */
function busyTicks(replicas: readonly ServedReplica[]): number[] {
  return replicas.map(({ replica }) => replica.busyTicks());
}
