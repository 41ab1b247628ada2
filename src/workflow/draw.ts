/**
 * Draws executions of a workflow. Each distribution of the program has a stream of its own per
 * execution, named by the distribution's place in the program: a longer loop or a wider fan-out
 * in one place moves no draw elsewhere.
 */

import { randomNormal } from "d3-random";
import { createSampler, type Distribution, type Sampler } from "../engine/distributions.ts";
import { type RandomSource, randomStream } from "../engine/random-streams.ts";
import { assert, UserError } from "../errors.ts";
import type { Origin } from "../serving/request.ts";
import { DrawHash } from "./draw-hash.ts";
import { DrawnConversations, Scope } from "./drawn-conversations.ts";
import {
  type DrawnExecution,
  type DrawnStep,
  MAX_EXECUTIONS,
  MAX_STEPS,
} from "./drawn-execution.ts";
import type {
  BranchStep,
  CallStep,
  ParallelStep,
  RunStep,
  Step,
  Subworkflow,
  ToolPool,
  ToolStep,
  Workflow,
} from "./program.ts";
import { namePlaces, numberSystemPrompts, usesDifficulty } from "./program-places.ts";

/** What executions are for: a planner learns from some, is refined on others, judged on others. */
export type ExecutionFamily = "trace" | "refine" | "evaluate";

/** Draws the execution of an index; the same one every time. */
export type ExecutionSource = (index: number) => DrawnExecution;

/**
 * The executions of `workflow` under a master seed. `family` keeps those that a planner has seen
 * ("trace") apart from those that it is judged on ("evaluate").
 */
export function createExecutionSource(
  workflow: Workflow,
  seed: number,
  family: ExecutionFamily,
): ExecutionSource {
  const paths = namePlaces(workflow);
  const llms = new Map(workflow.llms.map(({ name }, index) => [name, index]));
  const declared = new Map(workflow.conversations.map((each) => [each.name, each]));
  const subworkflows = new Map((workflow.subworkflows ?? []).map((each) => [each.name, each]));
  const pools = new Map((workflow.toolPools ?? []).map((each) => [each.name, each]));
  const isCorrelated = [...paths.keys()].some(usesDifficulty);
  const systemPrompts = numberSystemPrompts(workflow, paths);
  return (index) => {
    assert(index < MAX_EXECUTIONS, "too many executions");
    const execution = `${family}/execution/${index}/`;
    const streamOf = (path: string) => randomStream(seed, execution + path);
    const stream = (place: object) => streamOf(paths.get(place)!);
    const difficulty = isCorrelated
      ? () => randomNormal.source(streamOf("difficulty"))()()
      : () => 0;
    const conversations = new DrawnConversations(index, declared, systemPrompts);
    const named = { llms, conversations, subworkflows, pools };
    return new Drawing({ index, stream, difficulty, ...named }).draw(workflow.steps);
  };
}

interface DrawingOptions {
  readonly index: number;
  readonly stream: (place: object) => RandomSource;
  /** Draws how hard the execution is, a standard normal variate. */
  readonly difficulty: () => number;
  readonly llms: ReadonlyMap<string, number>;
  readonly conversations: DrawnConversations;
  readonly subworkflows: ReadonlyMap<string, Subworkflow>;
  readonly pools: ReadonlyMap<string, ToolPool>;
}

/** Interprets the program once, building the graph of steps. */
class Drawing {
  readonly #options: DrawingOptions;
  readonly #steps: DrawnStep[] = [];
  readonly #samplers = new Map<object, Sampler>();
  readonly #hash = new DrawHash();
  /** How many of a subworkflow are under way within one another. */
  readonly #depths = new Map<string, number>();
  #difficulty: number | undefined;

  constructor(options: DrawingOptions) {
    this.#options = options;
  }

  draw(steps: readonly Step[]): DrawnExecution {
    this.#sequence(steps, [], new Scope());
    const { index } = this.#options;
    return { index, steps: this.#steps, hash: this.#hash.digest() };
  }

  /** Draws steps one after another; takes and returns the steps that the next one waits for. */
  #sequence(steps: readonly Step[], after: number[], scope: Scope): number[] {
    let frontier = after;
    for (const step of steps) frontier = this.#step(step, frontier, scope);
    return frontier;
  }

  #step(step: Step, after: number[], scope: Scope): number[] {
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
      case "run":
        return this.#run(step, after, scope);
    }
  }

  #call(step: CallStep, after: number[], scope: Scope): number[] {
    const added = this.#count(step.prompt);
    const outputTokens = Math.max(1, this.#count(step.output));
    const llm = this.#options.llms.get(step.llm)!;
    let promptTokens = Math.max(1, added);
    const { role, priority } = step;
    const { conversations } = this.#options;
    let conversation = -1;
    let retainTokens = 0;
    let origin: Origin | undefined;
    if (step.conversation === undefined) {
      origin = conversations.systemPrompt(`role ${role}`, step.systemPrompt, promptTokens);
      retainTokens = origin?.tokens ?? 0;
    } else {
      const state = conversations.of(step.conversation, scope);
      conversations.compact(step.conversation, state, added);
      promptTokens = Math.max(1, state.tokens + added);
      conversations.begin(step.conversation, state, promptTokens);
      if (step.appends) state.tokens = promptTokens + outputTokens;
      retainTokens = Math.max(state.tokens, state.origin?.tokens ?? 0);
      conversation = state.id;
      origin = state.origin;
    }
    this.#hash.add(llm, promptTokens, outputTokens, conversation);
    const { timeout } = step;
    if (timeout !== undefined) this.#hash.add(timeout);
    const call: DrawnStep = {
      kind: "call",
      llm,
      role,
      promptTokens,
      outputTokens,
      priority,
      conversation,
      origin,
      retainTokens,
      ...(timeout === undefined ? {} : { timeout, isVital: true }),
      predecessorCount: 0,
      successors: [],
    };
    return this.#add(call, after);
  }

  #tool(step: ToolStep, after: number[], scope: Scope): number[] {
    const duration = this.#toolDuration(step);
    this.#hash.add(duration);
    if (step.result !== undefined) {
      const state = this.#options.conversations.of(step.result.conversation, scope);
      state.tokens += this.#count(step.result.tokens);
    }
    const { name } = step;
    const pool = step.pool === undefined ? undefined : this.#options.pools.get(step.pool)!;
    const tool: DrawnStep = {
      kind: "tool",
      name,
      duration,
      ...(pool === undefined ? {} : { pool }),
      predecessorCount: 0,
      successors: [],
    };
    return this.#add(tool, after);
  }

  /** Seconds of all attempts: those given up take the time-out, the last one may be too. */
  #toolDuration({ latency, timeout = Infinity, retries = 0 }: ToolStep): number {
    let spent = 0;
    for (let attempt = 0; attempt <= retries; attempt++) {
      const duration = Math.max(0, this.#sample(latency));
      if (duration <= timeout) return spent + duration;
      spent += timeout;
    }
    return spent;
  }

  #run({ subworkflow: name }: RunStep, after: number[], scope: Scope): number[] {
    const { steps, maxDepth } = this.#options.subworkflows.get(name)!;
    const depth = this.#depths.get(name) ?? 0;
    if (depth === maxDepth) return after;
    this.#depths.set(name, depth + 1);
    const ends = this.#sequence(steps, after, new Scope(scope));
    this.#depths.set(name, depth);
    return ends;
  }

  #branch(step: BranchStep, after: number[], scope: Scope): number[] {
    let point = this.#sampler(step, () => this.#options.stream(step))();
    for (const arm of step.arms) {
      if (point < arm.probability) return this.#sequence(arm.steps, after, scope);
      point -= arm.probability;
    }
    return after;
  }

  #parallel(step: ParallelStep, after: number[], scope: Scope): number[] {
    const count = this.#count(step.count);
    if (count === 0) return after;
    const start = after.length > 1 && count > 1 ? this.#join(after) : after;
    if (step.join !== undefined && step.join < count) return this.#race(step, start, scope, count);
    const ends = new Set<number>();
    for (let copy = 0; copy < count; copy++) {
      for (const end of this.#sequence(step.steps, start, scope.copy(copy))) ends.add(end);
    }
    return [...ends];
  }

  /** Copies of which the first few to end are waited for. */
  #race(step: ParallelStep, start: number[], scope: Scope, count: number): number[] {
    const first = this.#steps.length;
    let needs = step.join!;
    const ends: number[] = [];
    for (let copy = 0; copy < count; copy++) {
      const own = this.#sequence(step.steps, start, scope.copy(copy));
      // A copy without a step has ended at once.
      if (own === start) needs--;
      else ends.push(...(own.length > 1 ? this.#join(own) : own));
    }
    if (needs <= 0) return start;
    this.#hash.add(needs, step.cancels ? 1 : 0);
    const cancels = step.cancels ? { cancelsFrom: first } : {};
    return this.#add(
      { kind: "join", needs, ...cancels, predecessorCount: 0, successors: [] },
      ends,
    );
  }

  #join(after: number[]): number[] {
    return this.#add({ kind: "join", predecessorCount: 0, successors: [] }, after);
  }

  #add(step: DrawnStep, after: readonly number[]): number[] {
    const position = this.#steps.length;
    if (position >= MAX_STEPS) {
      throw new UserError(`an execution of the workflow has more than ${MAX_STEPS} steps`, {
        hint: "lower its counts, or the max_depth of what runs itself",
      });
    }
    this.#hash.add(after.length, ...after);
    step.predecessorCount = after.length;
    for (const predecessor of after) this.#steps[predecessor]!.successors.push(position);
    this.#steps.push(step);
    return [position];
  }

  #count(distribution: Distribution): number {
    return Math.max(0, Math.round(this.#sample(distribution)));
  }

  #sample(distribution: Distribution): number {
    if (distribution.kind === "constant") return distribution.value;
    return this.#sampler(distribution, () =>
      createSampler(distribution, this.#options.stream(distribution), this.#drawnDifficulty()),
    )();
  }

  #drawnDifficulty(): number {
    this.#difficulty ??= this.#options.difficulty();
    return this.#difficulty;
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
