/**
 * The shape of a dense decoder-only transformer, and the sizes that follow from it.
 * Mixture of experts, encoder-decoder and multimodal models are out of scope.
 */

/** All weights, activations and KV caches are bf16. */
export const BYTES_PER_BF16 = 2;

/** A dense model with grouped-query attention and a gated FFN. */
export interface ModelShape {
  readonly name: string;
  readonly huggingFace: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffn: number;
  readonly vocabulary: number;
  /** Whether the LM head reuses the embedding matrix. */
  readonly tiedEmbeddings: boolean;
  /** Most tokens of one request, prompt and output together. */
  readonly contextLimit: number;
}

/** Bytes of weights on each GPU of a TP group. */
export function weightBytes(model: ModelShape, tp: number): number {
  const { hidden, headDim, heads, ffn, vocabulary, layers } = model;
  const attention = hidden * headDim * (2 * heads + 2 * shardedKvHeads(model, tp) * tp);
  const layer = attention + 3 * hidden * ffn;
  const embeddings = vocabulary * hidden * (model.tiedEmbeddings ? 1 : 2);
  return ((layers * layer + embeddings) / tp) * BYTES_PER_BF16;
}

/** Bytes of KV cache that one token takes on each GPU of a TP group. */
export function kvBytesPerToken(model: ModelShape, tp: number): number {
  return 2 * model.layers * shardedKvHeads(model, tp) * model.headDim * BYTES_PER_BF16;
}

/** KV heads that each GPU of a TP group holds; replicated when there are fewer than GPUs. */
export function shardedKvHeads(model: ModelShape, tp: number): number {
  return Math.ceil(model.kvHeads / tp);
}

/** Whether the model's heads divide over a TP group of this size. */
export function supportsTp(model: ModelShape, tp: number): boolean {
  return model.heads % tp === 0 && model.ffn % tp === 0;
}
