/**
 * The shape of a dense decoder-only transformer, and the sizes that follow from it.
 * Mixture of experts, encoder-decoder and multimodal models are out of scope.
 */

/** Of activations, KV caches and embeddings, and of the other weights unless they are fp8. */
export const BYTES_PER_BF16 = 2;

/** Precisions of the matrices of a layer. */
export const WEIGHT_TYPES = ["bf16", "fp8"] as const;

/** One of the precisions. */
export type WeightType = (typeof WEIGHT_TYPES)[number];

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
  /** Of the layers' matrices; embeddings and LM head, as engines quantise, stay bf16. */
  readonly weightType: WeightType;
  /** Most tokens of one request, prompt and output together. */
  readonly contextLimit: number;
}

/** Bytes of weights on each GPU of a TP group. */
export function weightBytes(model: ModelShape, tp: number): number {
  const { hidden, headDim, heads, ffn, vocabulary, layers } = model;
  const attention = hidden * headDim * (2 * heads + 2 * shardedKvHeads(model, tp) * tp);
  const layer = attention + 3 * hidden * ffn;
  const embeddings = vocabulary * hidden * (model.tiedEmbeddings ? 1 : 2);
  const bytes = layers * layer * bytesPerLayerWeight(model) + embeddings * BYTES_PER_BF16;
  return bytes / tp;
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

/** Bytes of one weight of a layer's matrices. */
function bytesPerLayerWeight({ weightType }: ModelShape): number {
  return weightType === "fp8" ? 1 : BYTES_PER_BF16;
}
