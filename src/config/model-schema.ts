/**
 * The schema of a model file (clusters/models): the shape of a dense decoder-only transformer,
 * as in the config.json of its Hugging Face repository.
 */

import { z } from "zod";
import { type ModelShape, WEIGHT_TYPES } from "../llm/model.ts";

const size = z.int().min(1);

/** Precision of the matrices of the layers. */
export const weightsSchema = z.enum(WEIGHT_TYPES);

/** A model file; the model's name is the file's. */
export const modelSchema = z
  .strictObject({
    hugging_face: z.string().min(1),
    dtype: z.literal("bfloat16", {
      error: "expected bfloat16, the only precision of activations that is modelled so far",
    }),
    weights: weightsSchema.default("bf16"),
    layers: size,
    hidden: size,
    heads: size,
    kv_heads: size,
    head_dim: size,
    ffn: size,
    vocabulary: size,
    tied_embeddings: z.boolean(),
    context_limit: size,
  })
  .refine(({ heads, kv_heads }) => heads % kv_heads === 0, {
    error: "heads is not a multiple of kv_heads",
  })
  .transform(
    (file): Omit<ModelShape, "name"> => ({
      huggingFace: file.hugging_face,
      layers: file.layers,
      hidden: file.hidden,
      heads: file.heads,
      kvHeads: file.kv_heads,
      headDim: file.head_dim,
      ffn: file.ffn,
      vocabulary: file.vocabulary,
      tiedEmbeddings: file.tied_embeddings,
      weightType: file.weights,
      contextLimit: file.context_limit,
    }),
  );
