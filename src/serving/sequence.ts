/** A request as the batcher sees it: what of its context is computed, and which blocks it has. */

import type { PrefillChunk } from "../llm/iteration-time.ts";
import type { Request } from "./request.ts";

/** A request on a replica. */
export interface Sequence {
  request: Request;
  /** Tokens to compute before the next one is generated: the prompt, and after a preemption also
   * what had been generated. */
  prefillTokens: number;
  /** Of those, in the KV cache. */
  computedTokens: number;
  /** Tokens generated when decoding (re)started. */
  generated: number;
  /** Blocks of its context that it holds together with the prefix cache. */
  heldBlocks: number;
  /** Until it decodes: all blocks that it has. Then they follow from its context. */
  blocks: number;
  /** While decoding: context tokens = contextOffset + decodeCount. */
  contextOffset: number;
  /** While decoding: decodeCount at which its last token is generated. */
  finishCount: number;
  /** Lost time of the replica at the sequence's last milestone; kept by the replica. */
  lostBefore: number;
}

/** A prefill chunk of the coming iteration. */
export interface SequenceChunk extends PrefillChunk {
  readonly sequence: Sequence;
}

/** Tells the sequence of a request from others. */
export const isOf = (request: Request) => (sequence: Sequence) => sequence.request === request;

/** A request that has just come; in the place of `spare` if given. */
export function createSequence(request: Request, spare?: Sequence): Sequence {
  if (spare === undefined) {
    return {
      request,
      prefillTokens: request.promptTokens,
      computedTokens: 0,
      generated: 0,
      heldBlocks: 0,
      blocks: 0,
      contextOffset: 0,
      finishCount: 0,
      lostBefore: 0,
    };
  }
  spare.request = request;
  spare.prefillTokens = request.promptTokens;
  spare.computedTokens = 0;
  spare.generated = 0;
  return spare;
}
