/**
 * Draws executions of a workflow. Each distribution of the program has a stream of its own per
 * execution, named by the distribution's place in the program: a longer loop or a wider fan-out
 * in one place moves no draw elsewhere.
 */

import { createSampler, type Distribution, type Sampler } from "../engine/distributions.ts";
import { randomStream } from "../engine/random-streams.ts";
import { assert } from "../errors.ts";
import type { Origin } from "../serving/request.ts";
import { DrawHash } from "./draw-hash.ts";
import {
  type DrawnExecution,
  type DrawnStep,
  FIRST_SYSTEM_PROMPT,
  MAX_EXECUTIONS,
  MAX_STEPS,
} from "./drawn-execution.ts";
import type {
  BranchStep,
  CallStep,
  Conversation,
  ParallelStep,
  Step,
  ToolStep,
  Workflow,
} from "./program.ts";

/** Draws the execution of an index; the same one every time. */
export type ExecutionSource = (index: number) => DrawnExecution;

/** Conversations of one execution are numbered below this. */
const MAX_CONVERSATIONS = 2 ** 20;

/**
 * The executions of `workflow` under a master seed. `family` keeps those that a planner has seen
 * ("trace") apart from those that it is judged on ("evaluate").
 */
export function createExecutionSource(
  workflow: Workflow,
  seed: number,
  family: "trace" | "evaluate",
): ExecutionSource {
  const paths = new Map<object, string>();
  namePlaces(workflow.steps, "steps", paths);
  const llms = new Map(workflow.llms.map(({ name }, index) => [name, index]));
  const conversations = new Map(
    workflow.conversations.map((declared) => [declared.name, declared]),
  );
  const systemPrompts = numberSystemPrompts(workflow, paths);
  return (index) => {
    assert(index < MAX_EXECUTIONS, "too many executions");
    const stream = (place: object) =>
      randomStream(seed, `${family}/execution/${index}/${paths.get(place)!}`);
    const program = { llms, conversations, systemPrompts };
    return new Drawing({ index, stream, ...program }).draw(workflow.steps);
  };
}

/** The number of the system prompt of every conversation, and of every role without one. */
function numberSystemPrompts(
  workflow: Workflow,
  paths: ReadonlyMap<object, string>,
): ReadonlyMap<string, number> {
  const roles = [...paths.keys()].flatMap((place) => {
    const step = place as Partial<CallStep>;
    return step.kind === "call" && step.systemPrompt !== undefined ? [`role ${step.role}`] : [];
  });
  const names = [...workflow.conversations.map(({ name }) => name), ...new Set(roles)];
  return new Map(names.map((name, index) => [name, FIRST_SYSTEM_PROMPT + index]));
}

/** Records the path of every step, and of every distribution in it. */
function namePlaces(steps: readonly Step[], path: string, paths: Map<object, string>): void {
  steps.forEach((step, position) => {
    const here = `${path}.${position}`;
    paths.set(step, here);
    for (const [field, value] of Object.entries(step)) {
      if (typeof value === "object" && "kind" in value) paths.set(value, `${here}.${field}`);
    }
    if (step.kind === "tool" && step.result !== undefined) {
      paths.set(step.result.tokens, `${here}.result`);
    }
    if (step.kind === "loop" || step.kind === "parallel") namePlaces(step.steps, here, paths);
    if (step.kind === "branch") {
      step.arms.forEach((arm, number) => {
        namePlaces(arm.steps, `${here}.arm${number}`, paths);
      });
    }
  });
}

/** Context of a conversation at some point of the execution. */
interface ConversationState {
  id: number;
  tokens: number;
  /** What it started from; undefined also before its first call. */
  origin: Origin | undefined;
}

interface DrawingOptions {
  readonly index: number;
  readonly stream: (place: object) => () => number;
  readonly llms: ReadonlyMap<string, number>;
  readonly conversations: ReadonlyMap<string, Conversation>;
  readonly systemPrompts: ReadonlyMap<string, number>;
}

/** Interprets the program once, building the graph of steps. */
class Drawing {
  readonly #options: DrawingOptions;
  readonly #steps: DrawnStep[] = [];
  readonly #samplers = new Map<object, Sampler>();
  /** By scope and name; a scope is the path of fan-out copies around a step. */
  readonly #conversations = new Map<string, ConversationState>();
  readonly #hash = new DrawHash();
  #conversationCount = 0;

  constructor(options: DrawingOptions) {
    this.#options = options;
  }

  draw(steps: readonly Step[]): DrawnExecution {
    this.#sequence(steps, [], []);
    const { index } = this.#options;
    return { index, steps: this.#steps, hash: this.#hash.digest() };
  }

  /** Draws steps one after another; takes and returns the steps that the next one waits for. */
  #sequence(steps: readonly Step[], after: number[], scope: readonly number[]): number[] {
    let frontier = after;
    for (const step of steps) frontier = this.#step(step, frontier, scope);
    return frontier;
  }

  #step(step: Step, after: number[], scope: readonly number[]): number[] {
    switch (step.kind) {
      case "call":
        return this.#call(step, after, scope);
      case "tool":
        return this.#tool(step, after, scope);
      case "loop": {
        let frontier = after;
        for (let rounds = this.#count(step.count); rounds > 0; rounds--) {
          frontier = this.#sequence(step.steps, frontier, scope);
        }
        return frontier;
      }
      case "branch":
        return this.#branch(step, after, scope);
      case "parallel":
        return this.#parallel(step, after, scope);
    }
  }

  #call(step: CallStep, after: number[], scope: readonly number[]): number[] {
    const added = this.#count(step.prompt);
    const outputTokens = Math.max(1, this.#count(step.output));
    const llm = this.#options.llms.get(step.llm)!;
    let promptTokens = Math.max(1, added);
    const { role, priority } = step;
    let conversation = -1;
    let retainTokens = 0;
    let origin: Origin | undefined;
    if (step.conversation === undefined) {
      origin = this.#systemPrompt(`role ${role}`, step.systemPrompt, promptTokens);
      retainTokens = origin?.tokens ?? 0;
    } else {
      const state = this.#conversation(step.conversation, scope);
      this.#compact(step.conversation, state, added);
      promptTokens = Math.max(1, state.tokens + added);
      if (state.tokens === 0) {
        const { systemPrompt } = this.#options.conversations.get(step.conversation)!;
        state.origin = this.#systemPrompt(step.conversation, systemPrompt, promptTokens);
      }
      if (step.appends) state.tokens = promptTokens + outputTokens;
      retainTokens = Math.max(state.tokens, state.origin?.tokens ?? 0);
      conversation = this.#idOf(state);
      origin = state.origin;
    }
    this.#hash.add(llm, promptTokens, outputTokens, conversation);
    const context = { conversation, origin, retainTokens };
    const call = { llm, role, promptTokens, outputTokens, priority, ...context };
    return this.#add({ kind: "call", ...call, predecessorCount: 0, successors: [] }, after);
  }

  #idOf({ id }: ConversationState): number {
    return this.#options.index * MAX_CONVERSATIONS + id;
  }

  /** The system prompt that a prompt starts with, if any. */
  #systemPrompt(
    name: string,
    systemPrompt: number | undefined,
    promptTokens: number,
  ): Origin | undefined {
    if (systemPrompt === undefined) return undefined;
    const tokens = Math.min(systemPrompt, promptTokens);
    return { conversation: this.#options.systemPrompts.get(name)!, tokens };
  }

  #tool(step: ToolStep, after: number[], scope: readonly number[]): number[] {
    const duration = Math.max(0, this.#sample(step.latency));
    this.#hash.add(duration);
    if (step.result !== undefined) {
      const state = this.#conversation(step.result.conversation, scope);
      state.tokens += this.#count(step.result.tokens);
    }
    const tool = { name: step.name, duration, predecessorCount: 0, successors: [] };
    return this.#add({ kind: "tool", ...tool }, after);
  }

  #branch(step: BranchStep, after: number[], scope: readonly number[]): number[] {
    let point = this.#sampler(step, () => this.#options.stream(step))();
    for (const arm of step.arms) {
      if (point < arm.probability) return this.#sequence(arm.steps, after, scope);
      point -= arm.probability;
    }
    return after;
  }

  #parallel(step: ParallelStep, after: number[], scope: readonly number[]): number[] {
    const count = this.#count(step.count);
    if (count === 0) return after;
    const start = after.length > 1 && count > 1 ? this.#join(after) : after;
    const ends = new Set<number>();
    for (let copy = 0; copy < count; copy++) {
      for (const end of this.#sequence(step.steps, start, [...scope, copy])) ends.add(end);
    }
    return [...ends];
  }

  #join(after: number[]): number[] {
    return this.#add({ kind: "join", predecessorCount: 0, successors: [] }, after);
  }

  #add(step: DrawnStep, after: readonly number[]): number[] {
    const position = this.#steps.length;
    assert(position < MAX_STEPS, "an execution has too many steps");
    this.#hash.add(after.length, ...after);
    step.predecessorCount = after.length;
    for (const predecessor of after) this.#steps[predecessor]!.successors.push(position);
    this.#steps.push(step);
    return [position];
  }

  /** The conversation of this scope; a new copy starts from the enclosing scope's. */
  #conversation(name: string, scope: readonly number[]): ConversationState {
    const key = `${name}/${scope.join("/")}`;
    let state = this.#conversations.get(key);
    if (state === undefined) {
      const outer = scope.length > 0 ? this.#enclosing(name, scope) : undefined;
      state = { id: this.#conversationCount++, tokens: outer?.tokens ?? 0, origin: undefined };
      if (outer !== undefined && outer.tokens > 0) {
        const { tokens, origin } = outer;
        state.origin = { conversation: this.#idOf(outer), tokens, origin };
      }
      this.#conversations.set(key, state);
    }
    return state;
  }

  #enclosing(name: string, scope: readonly number[]): ConversationState | undefined {
    for (let depth = scope.length - 1; depth >= 0; depth--) {
      const state = this.#conversations.get(`${name}/${scope.slice(0, depth).join("/")}`);
      if (state !== undefined) return state;
    }
    return undefined;
  }

  /** Rewrites a context that would grow too long: a new one, which no cache holds. */
  #compact(name: string, state: ConversationState, added: number): void {
    const { compaction } = this.#options.conversations.get(name)!;
    if (compaction === undefined || state.tokens + added <= compaction.above) return;
    state.tokens = Math.min(state.tokens, compaction.to);
    state.id = this.#conversationCount++;
    // The system prompt stays at its start.
    while (state.origin?.origin !== undefined) state.origin = state.origin.origin;
    const { origin } = state;
    const isSystemPrompt = origin !== undefined && origin.conversation >= FIRST_SYSTEM_PROMPT;
    state.origin = isSystemPrompt && origin.tokens <= state.tokens ? origin : undefined;
  }

  #count(distribution: Distribution): number {
    return Math.max(0, Math.round(this.#sample(distribution)));
  }

  #sample(distribution: Distribution): number {
    if (distribution.kind === "constant") return distribution.value;
    return this.#sampler(distribution, () =>
      createSampler(distribution, this.#options.stream(distribution)),
    )();
  }

  #sampler(place: object, create: () => Sampler): Sampler {
    let sampler = this.#samplers.get(place);
    if (sampler === undefined) {
      sampler = create();
      this.#samplers.set(place, sampler);
    }
    return sampler;
  }
}
