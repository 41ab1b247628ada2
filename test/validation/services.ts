/**
 * Service times of queues as tokens of calls. A call is served either in one iteration, by its
 * prompt, or in as many iterations as it has output tokens.
 */

import { randomExponential, randomGeometric } from "d3-random";
import { randomStream } from "../../src/engine/random-streams.ts";
import type { IterationTime } from "../../src/llm/iteration-time.ts";

/** Mean service time of all queues, in seconds. */
export const SERVICE_MEAN = 0.01;

/** The part of it that a constant service spends on the host. */
const HOST = 0.002;

/** Prompt tokens of a call of mean length that is served in one iteration. */
const PROMPT_MEAN = 1e6;

/** Output tokens of a call of mean length that is served in many: 100 ns each. */
const OUTPUT_MEAN = 1e5;

/** Service times of mean `SERVICE_MEAN`, by the tokens of calls. */
export interface ServiceTimes {
  /** Where the tokens are; there is one of the other kind. */
  readonly tokens: "prompt" | "output";
  /** Tokens that take the mean service time. */
  readonly tokensMean: number;
  readonly drawTokens: () => number;
  /** Second moment of the service time in units of its mean. */
  readonly square: number;
}

/** Always the same, in one iteration. */
export const constantTimes: ServiceTimes = {
  tokens: "prompt",
  tokensMean: PROMPT_MEAN,
  drawTokens: () => PROMPT_MEAN,
  square: 1,
};

/** These queues have their GPUs to themselves. */
function neverShared(): never {
  throw new Error("a queue with a neighbour");
}

/** Iterations that all take the mean service time. */
export const constantIterations: IterationTime = {
  host: () => HOST,
  launch: () => 0,
  demand: neverShared,
  decode: () => ({ fixed: SERVICE_MEAN - HOST, perContextToken: 0 }),
  mixed: () => SERVICE_MEAN - HOST,
};

/** Exponential to a millionth of the mean, in one iteration. */
export function exponentialTimes(stream: string): ServiceTimes {
  const draw = randomExponential.source(randomStream(1, stream))(1 / PROMPT_MEAN);
  return {
    tokens: "prompt",
    tokensMean: PROMPT_MEAN,
    drawTokens: () => Math.max(1, Math.round(draw())),
    square: 2,
  };
}

/** Iterations that take as long as their prompts are. */
export const iterationsByPrompt: IterationTime = {
  host: () => 0,
  launch: () => 0,
  demand: neverShared,
  decode: () => ({ fixed: 0, perContextToken: 0 }),
  mixed: ([chunk]) => (chunk!.tokens / PROMPT_MEAN) * SERVICE_MEAN,
};

/** Always the same, in many iterations. */
export function equalTimes(): ServiceTimes {
  return { ...byOutput, drawTokens: () => OUTPUT_MEAN, square: 1 };
}

/** A geometric number of iterations: exponential to 10 ppm of the mean. */
export function geometricTimes(stream: string): ServiceTimes {
  const draw = randomGeometric.source(randomStream(1, stream))(1 / OUTPUT_MEAN);
  return { ...byOutput, drawTokens: draw, square: 2 - 1 / OUTPUT_MEAN };
}

/** A quarter of the mean for nine calls of ten, and 31 times as much for the tenth. */
export function twoPointTimes(stream: string): ServiceTimes {
  const draw = randomStream(1, stream);
  return {
    ...byOutput,
    drawTokens: () => (draw() < 0.9 ? 0.25 : 7.75) * OUTPUT_MEAN,
    square: 0.9 * 0.25 ** 2 + 0.1 * 7.75 ** 2,
  };
}

const byOutput = { tokens: "output", tokensMean: OUTPUT_MEAN } as const;

/** Iterations of one token, or of one token for each of a batch's calls in turn. */
export function iterationsByOutput(timeOf: (batch: number) => number): IterationTime {
  const token = SERVICE_MEAN / OUTPUT_MEAN;
  return {
    host: () => 0,
    launch: () => 0,
    demand: neverShared,
    decode: (batch) => ({ fixed: token * timeOf(batch), perContextToken: 0 }),
    mixed: (chunks, decodes) => token * timeOf(chunks.length + decodes),
  };
}
