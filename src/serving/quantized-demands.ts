/**
 * Demands in steps: loads that differ by little count as the same, so that slowdowns change only
 * at known points and are computed once for each combination that occurs.
 */

import type { Demand } from "../hardware/interference.ts";

/** Duty cycles are published in eighths. */
export const DUTY_STEPS = 8;

/** Steps of parts of a demand's time. */
const PART_STEPS = 32;
/** Steps per octave of its tokens and its times; the shortest time told apart. */
const TOKEN_STEPS = 2;
const TIME_STEPS = 4;
const SHORTEST_TIME = 1e-6;

/** A demand in steps; equal ones are the same object. */
interface QuantizedDemand extends Demand {
  /** From 1, in order of first use. */
  readonly number: number;
}

/** All that occurred. */
export class QuantizedDemands {
  readonly #known = new Map<number, QuantizedDemand>();

  /** The demand in steps. */
  quantize({ memory, compute, bandwidth, tokens, layerTime, iterationTime }: Demand) {
    const memorySteps = Math.round(PART_STEPS * memory);
    const computeSteps = Math.round(PART_STEPS * compute);
    const bandwidthSteps = Math.round(PART_STEPS * Math.min(1, bandwidth));
    const tokenSteps = logSteps(tokens, TOKEN_STEPS);
    const layerSteps = logSteps(layerTime / SHORTEST_TIME, TIME_STEPS);
    const iterationSteps = logSteps(iterationTime / SHORTEST_TIME, TIME_STEPS);
    let key = (memorySteps * 64 + computeSteps) * 64 + bandwidthSteps;
    key = ((key * 64 + tokenSteps) * 128 + layerSteps) * 256 + iterationSteps;
    let quantized = this.#known.get(key);
    if (quantized === undefined) {
      quantized = {
        number: this.#known.size + 1,
        memory: memorySteps / PART_STEPS,
        compute: computeSteps / PART_STEPS,
        bandwidth: bandwidthSteps / PART_STEPS,
        tokens: 2 ** (tokenSteps / TOKEN_STEPS),
        layerTime: SHORTEST_TIME * 2 ** (layerSteps / TIME_STEPS),
        iterationTime: SHORTEST_TIME * 2 ** (iterationSteps / TIME_STEPS),
      };
      this.#known.set(key, quantized);
    }
    return quantized;
  }

  /** A number above zero that stands for a demand and a duty cycle. */
  loadNumber({ number }: QuantizedDemand, dutySteps: number): number {
    return number * (DUTY_STEPS + 1) + dutySteps;
  }
}

/** log2(value) in steps of an octave's part; 0 for values up to 1. */
function logSteps(value: number, stepsPerOctave: number): number {
  return Math.max(0, Math.round(stepsPerOctave * Math.log2(value)));
}
