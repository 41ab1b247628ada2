/**
 * The workflow language: a workflow is a program of calls, tools and control flow whose lengths,
 * counts and latencies are distributions. `draw.ts` turns it into executions.
 */

import type { Distribution } from "../engine/distributions.ts";

/** A workflow with the LLMs it calls. */
export interface Workflow {
  readonly name: string;
  readonly description: string;
  /** The LLMs by the name that calls use, in order; `model` is a catalogue name or a path. */
  readonly llms: readonly { readonly name: string; readonly model: string }[];
  readonly conversations: readonly Conversation[];
  readonly steps: readonly Step[];
  /** Parts that steps run by name; without them there are none. */
  readonly subworkflows?: readonly Subworkflow[];
  /** What tools wait for by name; without them there are none. */
  readonly toolPools?: readonly ToolPool[];
}

/** Steps with a name, which may run themselves. */
export interface Subworkflow {
  readonly name: string;
  /** Where this many of it are under way within one another, a further one does nothing. */
  readonly maxDepth: number;
  readonly steps: readonly Step[];
}

/** What tools of all executions share: a service with so many places, or a limited rate. */
export interface ToolPool {
  readonly name: string;
  /** Tools that run at once; Infinity for no limit. */
  readonly capacity: number;
  /** Seconds between the starts of two tools, at least. */
  readonly interval: number;
}

/** A context that grows from call to call. */
export interface Conversation {
  readonly name: string;
  /** Past this many tokens the context is rewritten to `to` tokens, which loses its cache. */
  readonly compaction?: { readonly above: number; readonly to: number };
  /** Of its first prompt: leading tokens that are the same in all executions. */
  readonly systemPrompt?: number;
}

/** One construct of the language. */
export type Step = CallStep | ToolStep | LoopStep | BranchStep | ParallelStep | RunStep;

/**
 * An LLM call. Its prompt is the context of `conversation` (if any) plus `prompt` new tokens.
 * With `appends`, prompt and output stay in the conversation; without, it is only read (a
 * verifier that scores it).
 */
export interface CallStep {
  readonly kind: "call";
  readonly llm: string;
  readonly role: string;
  readonly conversation?: string;
  readonly appends: boolean;
  readonly prompt: Distribution;
  readonly output: Distribution;
  /** Without a conversation: leading tokens of the prompt that are the same in all executions. */
  readonly systemPrompt?: number;
  /** Engines take the lowest number first; default 0. */
  readonly priority?: number;
  /** Seconds after which it fails, with its execution. */
  readonly timeout?: number;
}

/** Something that takes time but no GPU; its result may enter a conversation. */
export interface ToolStep {
  readonly kind: "tool";
  readonly name: string;
  readonly latency: Distribution;
  /** Seconds after which an attempt is given up; it is then made again, up to `retries` times. */
  readonly timeout?: number;
  readonly retries?: number;
  /** Where it waits for a place first, in order of coming; retries keep the place. */
  readonly pool?: string;
  readonly result?: { readonly conversation: string; readonly tokens: Distribution };
}

/** Repeats its body a drawn number of times, rounded to a whole number. */
export interface LoopStep {
  readonly kind: "loop";
  readonly count: Distribution;
  readonly steps: readonly Step[];
}

/** Takes one of its arms; probabilities sum to at most 1, the rest does nothing. */
export interface BranchStep {
  readonly kind: "branch";
  readonly arms: readonly { readonly probability: number; readonly steps: readonly Step[] }[];
}

/**
 * Runs `count` copies of its body at once and joins them all, or goes on when the first `join` of
 * them have ended; the others run to their end, or with `cancels` are given up. Each copy has
 * conversations of its own, kept for the whole execution under its number; one it first uses starts
 * from the conversation of that name outside.
 */
export interface ParallelStep {
  readonly kind: "parallel";
  readonly count: Distribution;
  readonly join?: number;
  readonly cancels?: boolean;
  readonly steps: readonly Step[];
}

/**
 * Runs a subworkflow. It has conversations of its own; one it first uses starts from the
 * conversation of that name outside.
 */
export interface RunStep {
  readonly kind: "run";
  readonly subworkflow: string;
}
