/**
 * Iteration times as Vidur composes them from its tables, with nothing of ours in them:
 *
 *   L · [ops(⌈n⌉₈) + kvSave(n) + d · decode(B, ⌈⌊S/B⌋⌉₆₄) + p · prefill(Σ⌈k⌉₆₄, √Σc²)
 *        + 2 · (allReduce(⌈n⌉₈) + launch)]
 *
 * with n tokens in the iteration, ⌈x⌉ₘ the next multiple of m, B decodes that attend to S tokens
 * (their own included), chunks of c tokens after k cached ones, and d and p = 1.1 where there is
 * more than one decode or chunk. Source: execution_time_predictor/ of Vidur.
 */

import type { VidurRun } from "../../config/load-vidur.ts";
import type { IterationTime, PrefillChunk } from "../../llm/iteration-time.ts";
import { us } from "../../units.ts";

/** Steps of the tables. */
const TOKENS_STEP = 8;
const CONTEXT_STEP = 64;

/** What attention of several sequences costs over that of one. */
const BATCHING = 1.1;

/** Of a collective, on the host: its `nccl_cpu_launch_overhead_ms`. */
const LAUNCH = 20 * us;

/** The times of a run's replica; all of it is GPU work. */
export function vidurIterationTime({ settings, tables }: VidurRun): IterationTime {
  const { layers, tp } = settings;
  const dense = (tokens: number) => {
    const rounded = roundUp(tokens, TOKENS_STEP);
    const allReduce = tp > 1 ? tables.allReduce(rounded) + LAUNCH : 0;
    return tables.tokenOperations(rounded) + tables.kvSave(tokens) + 2 * allReduce;
  };
  const decodeAttention = (batch: number, contextMean: number) =>
    tables.decodeAttention(batch, contextMean) * (batch > 1 ? BATCHING : 1);
  const prefillAttention = (chunks: readonly PrefillChunk[]) => {
    let context = 0;
    let squares = 0;
    for (const chunk of chunks) {
      context += roundUp(chunk.context, CONTEXT_STEP);
      squares += chunk.tokens ** 2;
    }
    // The root of a whole number is never half of an odd one: ties cannot matter.
    const tokens = Math.round(Math.sqrt(squares));
    return tables.prefillAttention(context, tokens) * (chunks.length > 1 ? BATCHING : 1);
  };
  return {
    host: () => 0,
    launch: () => 0,
    demand: () => {
      throw new Error("a run of Vidur has one tenant");
    },
    decode(batch, contextTokens) {
      const contextMean = roundedMean(contextTokens, batch);
      const fixed = layers * (dense(batch) + decodeAttention(batch, contextMean));
      // The largest sum whose mean, rounded down, is still within the step.
      return { fixed, perContextToken: 0, contextUntil: batch * (contextMean + 1) - 1 };
    },
    mixed(chunks, decodes, contextTokens) {
      const tokens = chunks.reduce((sum, chunk) => sum + chunk.tokens, decodes);
      let layer = dense(tokens) + prefillAttention(chunks);
      if (decodes > 0) layer += decodeAttention(decodes, roundedMean(contextTokens, decodes));
      return layers * layer;
    },
  };
}

function roundedMean(contextTokens: number, sequences: number): number {
  return roundUp(Math.floor(contextTokens / sequences), CONTEXT_STEP);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
