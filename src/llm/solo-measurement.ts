/** An iteration that was measured alone on part of a GPU, by `scripts/measure/bench.py`. */

import type { ModelShape } from "./model.ts";

/** One measured combination; seconds. */
export interface SoloMeasurement {
  readonly model: ModelShape;
  readonly tp: number;
  /** SMs that the process saw. */
  readonly sms: number;
  readonly kind: "decode" | "prefill";
  /** Sequences that decode; 1 of a prefill. */
  readonly batch: number;
  /** New tokens of a prefill; 1 of a decode. */
  readonly queryTokens: number;
  /** Tokens in the KV cache, of each sequence. */
  readonly context: number;
  /** GPU seconds of a layer, and of the LM head and sampling. */
  readonly layerTime: number;
  readonly headTime: number;
}

/** What was measured of an iteration: all layers and the head, neither host nor communication. */
export function measuredTime({ model, layerTime, headTime }: SoloMeasurement): number {
  return model.layers * layerTime + headTime;
}
