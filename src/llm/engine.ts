/**
 * A serving engine: the limits of its scheduler and the time its host spends around each
 * iteration (scheduling, sampling, detokenising), during which the GPU waits.
 */

/** The rules by which a scheduler composes iterations; `serving/policies/` has them. */
export const SCHEDULING_POLICIES = ["vllm", "sarathi", "fcfs-static"] as const;

/** One of the rules. */
export type SchedulingPolicyName = (typeof SCHEDULING_POLICIES)[number];

/**
 * Seconds that the host takes to launch the kernels of one layer where an iteration is no captured
 * graph: one with prefill. The GPU works meanwhile, so the longer of the two counts.
 */
export interface LayerLaunch {
  /** Of kernels over all tokens. */
  readonly fixed: number;
  /** Of those that every prefill chunk adds. */
  readonly perChunk: number;
  /** Of those that decodes add, however many they are. */
  readonly ofDecodes: number;
}

/** Parameters of a serving engine; SI units. */
export interface Engine {
  readonly name: string;
  readonly policy: SchedulingPolicyName;
  /** Most requests that run at once on a replica. */
  readonly maxNumSeqs: number;
  /** Most tokens of one iteration, decodes and prefill chunks together. */
  readonly maxNumBatchedTokens: number;
  /** Tokens of a KV block. */
  readonly blockSize: number;
  /** Fraction of a GPU's memory that weights and KV cache may use. */
  readonly memoryUtilization: number;
  /** Fraction of the KV blocks that stay free when a request joins others. */
  readonly watermark: number;
  /** Whether finished requests leave their blocks for the next call of their conversation. */
  readonly hasPrefixCache: boolean;
  /** Host seconds per iteration, and per sequence in it. */
  readonly hostPerIteration: number;
  readonly hostPerSequence: number;
  /** All zero where iterations with prefill are captured too. */
  readonly launchPerLayer: LayerLaunch;
  /** What it becomes without one group of the measurements that it was fitted to; default: none. */
  readonly launchReplicates?: readonly LayerLaunch[];
  /** GPU work of an iteration with prefill over that of the kernels that were measured. */
  readonly prefillStretch: number;
  /** Host seconds from a request's arrival until it can be scheduled (tokenising, queues), and
   * from the end of its last iteration until the response leaves. */
  readonly requestOverhead: number;
  readonly responseOverhead: number;
  /** Seconds until a replica that was idle begins; requests that come meanwhile join in. */
  readonly wakeTime: number;
  /** Seconds from the start of a process to serving, without reading weights. */
  readonly startTime: number;
  /** Bytes of weights per second that a starting replica reads, all its GPUs together. */
  readonly weightReadRate: number;
  /** CUDA-graph sizes to which decode batches are padded, increasing; larger batches are not. */
  readonly decodeBatchSizes: readonly number[];
}

/** The size to which a decode batch is padded. */
export function paddedBatch(engine: Engine, batch: number): number {
  for (const size of engine.decodeBatchSizes) if (size >= batch) return size;
  return batch;
}
