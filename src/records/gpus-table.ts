/**
 * The table `gpus`: what each GPU did, sampled on a grid of instants.
 */

import { toArrowParts } from "./arrow-file.ts";
import { DictionaryColumn, Float64Column, TimeColumn } from "./columns.ts";

/** Collects the samples of a run and writes them. */
export class GpusTable {
  readonly #gpu = new DictionaryColumn();
  readonly #time = new TimeColumn();
  readonly #busy = new Float64Column();
  readonly #kvUsed = new Float64Column();

  get rowCount(): number {
    return this.#gpu.length;
  }

  append(row: GpuRow): void {
    this.#gpu.append(row.gpu);
    this.#time.append(row.time);
    this.#busy.append(row.busy);
    this.#kvUsed.append(row.kvUsed);
  }

  toArrow(): Promise<Uint8Array[]> {
    return toArrowParts({
      gpu: this.#gpu,
      time_seconds: this.#time,
      busy: this.#busy,
      kv_used_bytes: this.#kvUsed,
    });
  }
}

/** One sample of one GPU. */
export interface GpuRow {
  /** `node0/gpu3`. */
  readonly gpu: string;
  /** Instant in ticks. */
  readonly time: number;
  /** Part of the GPU's SMs at work in the interval up to `time`: Σ share · busy over tenants. */
  readonly busy: number;
  /** KV cache in use, in bytes. */
  readonly kvUsed: number;
}
