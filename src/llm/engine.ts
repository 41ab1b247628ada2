/**
 * A serving engine: the limits of its scheduler and the time its host spends around each
 * iteration (scheduling, sampling, detokenising), during which the GPU waits.
 */

/** Parameters of a serving engine; SI units. */
export interface Engine {
  readonly name: string;
  /** Most requests that run at once on a replica. */
  readonly maxNumSeqs: number;
  /** Most tokens of one iteration, decodes and prefill chunks together. */
  readonly maxNumBatchedTokens: number;
  /** Tokens of a KV block. */
  readonly blockSize: number;
  /** Fraction of a GPU's memory that weights and KV cache may use. */
  readonly memoryUtilization: number;
  /** Whether finished requests leave their blocks for the next call of their conversation. */
  readonly hasPrefixCache: boolean;
  /** Host seconds per iteration, and per sequence in it. */
  readonly hostPerIteration: number;
  readonly hostPerSequence: number;
  /** CUDA-graph sizes to which decode batches are padded, increasing; larger batches are not. */
  readonly decodeBatchSizes: readonly number[];
}

/** The size to which a decode batch is padded. */
export function paddedBatch(engine: Engine, batch: number): number {
  for (const size of engine.decodeBatchSizes) if (size >= batch) return size;
  return batch;
}
