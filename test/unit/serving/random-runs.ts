/**
 * Random small simulations for property tests: tenants on shared GPUs or LLMs in turns, a KV cache
 * that holds a few requests, all scheduling policies, priorities, conversations with system prompts
 * and branches, fan-outs and joins, calls that are given up. Costs are either the analytic model's
 * or multiples of one unit without network delay, where arrivals often meet the boundaries of
 * iterations; both also in segments of context, between which the cost of a token changes.
 */

import fc from "fast-check";
import {
  type DeployedLlm,
  type Deployment,
  type Instance,
  ROUTER_NAMES,
  type RouterName,
} from "../../../src/deployment/plan.ts";
import { assert } from "../../../src/errors.ts";
import { type Arrivals, simulate } from "../../../src/experiment/simulate.ts";
import { type Cluster, spannedLevel } from "../../../src/hardware/cluster.ts";
import type { Demand } from "../../../src/hardware/interference.ts";
import {
  type Engine,
  type LayerLaunch,
  SCHEDULING_POLICIES,
  type SchedulingPolicyName,
} from "../../../src/llm/engine.ts";
import { createIterationTime, type IterationTime } from "../../../src/llm/iteration-time.ts";
import { kvBytesPerToken, type ModelShape, weightBytes } from "../../../src/llm/model.ts";
import type { ControlView } from "../../../src/serving/control/controller.ts";
import type { IterationSpan } from "../../../src/serving/iteration-span.ts";
import type { Origin, Request } from "../../../src/serving/request.ts";
import { poissonGaps } from "../../../src/workflow/arrivals.ts";
import type {
  DrawnExecution,
  DrawnJoin,
  DrawnStep,
} from "../../../src/workflow/drawn-execution.ts";
import type { RunningExecution } from "../../../src/workflow/execution-runner.ts";
import { testCluster, testDemand, testEngine, testModel } from "../fixtures.ts";
import { type ChangeScript, changesArbitrary, scriptedController } from "./random-changes.ts";
import { inTurns } from "./worlds-in-turns.ts";

/** Unit of all times of a world on a grid. */
const GRID = 1e-3;

/** Unit of the launches of a layer elsewhere: near what it takes on the GPU. */
const LAYER_LAUNCH = 70e-6;

/** What an iteration with prefill asks of the GPU, on a grid. */
const PREFILL_DEMAND: Demand = { ...testDemand, memory: 0.125, compute: 0.75, tokens: 64 };

const CONTEXT_LIMIT = 160;

/** System prompts are numbered from here: above all conversations. */
export const FIRST_SYSTEM_PROMPT = 1000;
const SYSTEM_PROMPTS = 2;

/** Far more than any world needs. */
const MAX_SAMPLES = 20_000;

/** Everything that one random simulation is made of. */
export interface World {
  readonly gpuCount: number;
  /** GPUs of a group on which all LLMs take turns; 0 where each has instances of its own. */
  readonly turnTp: number;
  readonly isOnGrid: boolean;
  readonly llms: readonly WorldLlm[];
  readonly executions: readonly (readonly WorldStep[])[];
  readonly arrivals: WorldArrivals;
  /** What an execution's first conversation, and calls without one, start with; 0: nothing. */
  readonly systemTokens: number;
  /** Whether the second conversation of an execution starts from the first one as it is then. */
  readonly isBranching: boolean;
  /** Multiples of the unit. */
  readonly sampleInterval: number;
  /** What changes in the plan while it runs, where arrivals are open. */
  readonly changes: ChangeScript;
}

/** How executions come. */
type WorldArrivals =
  | { readonly kind: "open"; readonly seed: number; readonly gap: number; readonly drain: number }
  | { readonly kind: "closed"; readonly users: number; readonly think: number };

/** An LLM with its instances. */
interface WorldLlm {
  readonly policy: SchedulingPolicyName;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly blockSize: number;
  readonly kvTokens: number;
  readonly hasPrefixCache: boolean;
  readonly watermark: number;
  readonly hostUnits: number;
  /** What launches take in an iteration with prefill; of the analytic model, per layer. */
  readonly launchUnits: LayerLaunch;
  /** Tokens of context after which decodes cost differently; 0: never. */
  readonly contextStep: number;
  readonly router: RouterName;
  readonly instances: readonly { readonly gpu: number; readonly tp: number; weight: number }[];
}

/** A step; numbers are reduced modulo what exists. */
interface WorldStep {
  readonly kind: "call" | "tool" | "join";
  /** Which of the three steps before it are its predecessors. */
  readonly predecessors: number;
  readonly llm: number;
  readonly added: number;
  readonly outputTokens: number;
  /** -1: none. */
  readonly conversation: number;
  readonly appends: boolean;
  readonly priority: number;
  readonly duration: number;
  /** Units after which a call is given up, 0: never; and whether its execution fails then. */
  readonly timeout: number;
  readonly isVital: boolean;
  /** How many predecessors a join waits for, after which it cancels the others; 0: all. */
  readonly needs: number;
}

/** What a run shows, in plain data; the number of events is no part of it. */
export interface RunTranscript {
  readonly spans: IterationSpan[];
  readonly executions: ReturnType<typeof transcribe>[];
  /** [time, then busy ticks and used blocks of each replica]. */
  readonly samples: number[][];
  readonly endTime: number;
  readonly arrived: number;
  /** By replica at the end: requests, outstanding tokens, used blocks, busy ticks. */
  readonly leftovers: number[][];
}

const stepArbitrary: fc.Arbitrary<WorldStep> = fc.record({
  kind: fc.constantFrom("call", "call", "call", "call", "tool", "join"),
  predecessors: fc.nat({ max: 7 }),
  llm: fc.nat({ max: 3 }),
  added: fc.nat({ max: 24 }),
  outputTokens: fc.integer({ min: 1, max: 32 }),
  conversation: fc.integer({ min: -1, max: 1 }),
  appends: fc.boolean(),
  priority: fc.constantFrom(0, 0, 0, 1, -1),
  duration: fc.nat({ max: 30 }),
  timeout: fc.constantFrom(0, 0, 0, 0, 2, 20),
  isVital: fc.constantFrom(false, false, false, true),
  needs: fc.constantFrom(0, 1, 2),
});

/** None, about as long as the work, and longer. */
const launchArbitrary: fc.Arbitrary<LayerLaunch> = fc.oneof(
  fc.constant({ fixed: 0, perChunk: 0, ofDecodes: 0 }),
  fc.record({
    fixed: fc.nat({ max: 2 }),
    perChunk: fc.nat({ max: 2 }),
    ofDecodes: fc.nat({ max: 2 }),
  }),
);

const llmArbitrary: fc.Arbitrary<WorldLlm> = fc.record({
  policy: fc.constantFrom("vllm", ...SCHEDULING_POLICIES),
  maxNumSeqs: fc.integer({ min: 1, max: 8 }),
  maxNumBatchedTokens: fc.constantFrom(2, 8, 24, 64, 512),
  blockSize: fc.constantFrom(1, 4, 16),
  kvTokens: fc.integer({ min: 16, max: 128 }),
  hasPrefixCache: fc.constantFrom(true, true, false),
  watermark: fc.constantFrom(0, 0, 0.1, 0.4),
  hostUnits: fc.constantFrom(0, 1, 2),
  launchUnits: launchArbitrary,
  contextStep: fc.constantFrom(0, 0, 1, 7, 40),
  instances: fc.array(
    fc.record({
      gpu: fc.nat({ max: 3 }),
      tp: fc.constantFrom(1, 1, 2),
      weight: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  router: fc.constantFrom(...ROUTER_NAMES),
});

const arrivalsArbitrary: fc.Arbitrary<WorldArrivals> = fc.oneof(
  fc.record({
    kind: fc.constant("open" as const),
    seed: fc.nat({ max: 1000 }),
    gap: fc.constantFrom(1, 10, 100),
    drain: fc.constantFrom(50, 10_000),
  }),
  fc.record({
    kind: fc.constant("closed" as const),
    users: fc.integer({ min: 1, max: 8 }),
    think: fc.constantFrom(0, 1, 30),
  }),
);

/** Random worlds of at most eight executions of eight steps. */
export const worldArbitrary: fc.Arbitrary<World> = fc.record({
  gpuCount: fc.integer({ min: 1, max: 4 }),
  turnTp: fc.constantFrom(0, 0, 0, 1, 2),
  isOnGrid: fc.boolean(),
  llms: fc.array(llmArbitrary, { minLength: 1, maxLength: 4, size: "max" }),
  executions: fc.array(fc.array(stepArbitrary, { maxLength: 8, size: "max" }), {
    minLength: 1,
    maxLength: 8,
    size: "max",
  }),
  arrivals: arrivalsArbitrary,
  systemTokens: fc.constantFrom(0, 0, 5, 16, 33),
  isBranching: fc.boolean(),
  sampleInterval: fc.constantFrom(3, 7.3),
  changes: changesArbitrary,
});

/** Simulates a world and writes down all that can be seen of it. */
export function runWorld(
  world: World,
  isStepwise: boolean,
  onExecution: (execution: RunningExecution) => void = () => {},
  onView?: (view: ControlView) => void,
): RunTranscript & { readonly events: number } {
  const drawn = world.executions.map((steps, index) => drawExecution(world, steps, index));
  const spans: IterationSpan[] = [];
  const ended: RunningExecution[] = [];
  const samples: number[][] = [];
  const plan = createDeployment(world);
  const outcome = simulate({
    deployment: world.turnTp > 0 ? inTurns(plan, world.turnTp, world.llms[0]!.kvTokens) : plan,
    source: (index) => drawn[index]!,
    arrivals: createArrivals(world),
    isStepwise,
    sampleInterval: world.sampleInterval * GRID,
    // A closed world could wait for ever for an LLM whose last replica was drained.
    ...(world.arrivals.kind === "open"
      ? { controller: scriptedController(world.changes, GRID, onView) }
      : {}),
    iterationTime: (llm, instance) => timeOf(world, llm, instance),
    observer: {
      onSpan: (span) => spans.push({ ...span }),
      onExecutionEnd: (execution) => {
        onExecution(execution);
        ended.push(execution);
      },
      onSample: (now, replicas) => {
        const row = replicas.flatMap(({ replica }) => [
          replica.busyTicks(),
          replica.kvAtSample().used,
        ]);
        samples.push([now, ...row]);
        assert(samples.length < MAX_SAMPLES, "the simulation does not end");
      },
    },
  });
  const leftovers = outcome.replicas.map(({ replica }) => [
    replica.requestCount,
    replica.outstandingTokens,
    replica.kvAtSample().used,
    replica.busyTicks(),
  ]);
  // Only now: calls of a failed execution go on after its end.
  const executions = ended.map(transcribe);
  const { endTime, arrived, events } = outcome;
  return { spans, executions, samples, endTime, arrived, leftovers, events };
}

/** The requests of a run, in the order of executions and steps. */
export function requestsOf({ executions }: RunTranscript): Request[] {
  return executions.flatMap(({ requests }) => requests.filter((request) => request !== null));
}

function transcribe(execution: RunningExecution) {
  const { drawn, arrivalTime, endTime, status, startTimes, endTimes } = execution;
  return {
    index: drawn.index,
    arrivalTime,
    endTime,
    status,
    startTimes: [...startTimes],
    endTimes: [...endTimes],
    lastPredecessors: [...execution.lastPredecessors],
    requests: Array.from(execution.requests, (request) =>
      request === undefined ? null : { ...request },
    ),
  };
}

function createDeployment({ gpuCount, isOnGrid, llms }: World): Deployment {
  const plain = testCluster(1, gpuCount);
  const noDelay = { latency: 0, bandwidth: Number.POSITIVE_INFINITY };
  const cluster: Cluster = isOnGrid ? { ...plain, frontendLink: noDelay } : plain;
  const model: ModelShape = { ...testModel, layers: 4, contextLimit: CONTEXT_LIMIT };
  const weights = cluster.gpus.map(() => 0);
  const placed = llms.map(({ instances }) =>
    instances.map(({ gpu, tp, weight }) => {
      const first = gpu % gpuCount;
      const indices = tp === 2 && gpuCount > 1 ? [first, (first + 1) % gpuCount] : [first];
      for (const index of indices) weights[index]! += weight;
      return { indices, weight };
    }),
  );
  return {
    cluster,
    llms: llms.map((llm, llmIndex) => ({
      name: nameOf(llmIndex),
      model,
      router: llm.router,
      engine: {
        ...testEngine,
        policy: llm.policy,
        watermark: llm.watermark,
        startTime: 3 * GRID,
        weightReadRate: 1e13,
        maxNumSeqs: llm.maxNumSeqs,
        maxNumBatchedTokens: llm.maxNumBatchedTokens,
        blockSize: llm.blockSize,
        hasPrefixCache: llm.hasPrefixCache,
        hostPerIteration: llm.hostUnits * GRID,
        hostPerSequence: isOnGrid ? 0 : testEngine.hostPerSequence,
        launchPerLayer: launchOf(llm, isOnGrid ? GRID : LAYER_LAUNCH),
      },
      instances: placed[llmIndex]!.map(({ indices, weight }): Instance => {
        const tp = indices.length;
        const blockBytes = kvBytesPerToken(model, tp) * llm.blockSize;
        return {
          gpus: indices.map((index) => cluster.gpus[index]!),
          share: Math.min(...indices.map((index) => weight / weights[index]!)),
          memory:
            weightBytes(model, tp) + (Math.ceil(llm.kvTokens / llm.blockSize) + 0.5) * blockBytes,
        };
      }),
    })),
  };
}

function launchOf({ launchUnits }: WorldLlm, unit: number): LayerLaunch {
  const { fixed, perChunk, ofDecodes } = launchUnits;
  return { fixed: fixed * unit, perChunk: perChunk * unit, ofDecodes: ofDecodes * unit };
}

const nameOf = (llmIndex: number) => `llm${llmIndex}`;

function timeOf({ isOnGrid, llms }: World, llm: DeployedLlm, instance: Instance): IterationTime {
  const { contextStep } = llms.find((_, index) => llm.name === nameOf(index))!;
  if (isOnGrid) return gridTime(llm.engine, contextStep);
  const { gpus, share } = instance;
  const time = createIterationTime(llm.model, llm.engine, {
    gpu: gpus[0]!.type,
    cluster: testCluster(1, gpus.length),
    tp: gpus.length,
    level: spannedLevel(gpus),
    share,
  });
  return contextStep === 0 ? time : { ...time, decode: inSegments(time, contextStep) };
}

/** Every other segment of context, a token of it costs twice as much, and a decode 20 us more. */
function inSegments({ decode }: IterationTime, contextStep: number): IterationTime["decode"] {
  return (batch, contextTokens) => {
    const { fixed, perContextToken } = decode(batch, contextTokens);
    const segment = Math.floor(contextTokens / contextStep);
    const odd = segment % 2;
    return {
      fixed: fixed + odd * 20e-6,
      perContextToken: perContextToken * (1 + odd),
      contextUntil: (segment + 1) * contextStep - 1,
    };
  };
}

/**
 * Every iteration takes whole units on the GPU: more with a larger batch, with prefill, and with
 * every segment of context.
 */
function gridTime({ hostPerIteration, launchPerLayer }: Engine, step: number): IterationTime {
  const { fixed, perChunk, ofDecodes } = launchPerLayer;
  return {
    host: () => hostPerIteration,
    launch: (chunks, decodes) => fixed + perChunk * chunks + (decodes > 0 ? ofDecodes : 0),
    decode(batch, contextTokens) {
      const fixed = (1 + (batch >> 2)) * GRID;
      if (step === 0) return { fixed, perContextToken: 0 };
      const segment = Math.floor(contextTokens / step);
      return {
        fixed: fixed + (segment % 4) * GRID,
        perContextToken: 0,
        contextUntil: (segment + 1) * step - 1,
      };
    },
    mixed: (chunks, decodes) => (2 + ((chunks.length + decodes) >> 2)) * GRID,
    demand: (chunks, decodes) =>
      chunks.length > 0 ? PREFILL_DEMAND : { ...testDemand, tokens: decodes },
  };
}

function createArrivals({ arrivals, executions, isOnGrid }: World): Arrivals {
  if (arrivals.kind === "closed") {
    const { kind, users, think } = arrivals;
    const times = (number: number) => think * ((5 * number) % 4) * GRID;
    const thinking = think === 0 ? {} : { think: { first: times, next: times } };
    return { kind, users, limit: { executions: executions.length }, ...thinking };
  }
  const draw = poissonGaps(arrivals.seed, "test");
  return {
    kind: "open",
    rate: 1 / (arrivals.gap * GRID),
    unitGap: isOnGrid ? () => Math.round(draw() * arrivals.gap) / arrivals.gap : draw,
    limit: { executions: executions.length },
    drain: arrivals.drain * GRID,
  };
}

function drawExecution(world: World, steps: readonly WorldStep[], index: number): DrawnExecution {
  const conversations = new DrawnConversations(world, index);
  const drawn = steps.map((step, position): DrawnStep => {
    const { kind } = step;
    const base = { predecessorCount: 0, successors: [] };
    if (kind === "tool") return { ...base, kind, name: "tool", duration: step.duration * GRID };
    if (kind === "join") return { ...base, kind };
    return {
      ...base,
      kind,
      role: `step${position}`,
      llm: step.llm % world.llms.length,
      priority: step.priority,
      ...(step.timeout > 0 ? { timeout: step.timeout * GRID, isVital: step.isVital } : {}),
      ...conversations.call(step),
    };
  });
  steps.forEach(({ predecessors }, position) => {
    for (let back = 1; back <= Math.min(3, position); back++) {
      if ((predecessors & (1 << (back - 1))) === 0) continue;
      drawn[position - back]!.successors.push(position);
      drawn[position]!.predecessorCount++;
    }
  });
  steps.forEach(({ kind, needs }, position) => {
    if (kind === "join" && needs > 0) drawn[position] = raceOf(drawn, position, needs);
  });
  return { index, steps: drawn, hash: `${index}` };
}

/** A join that goes on without some of its predecessors, and cancels what only it waits for. */
function raceOf(drawn: readonly DrawnStep[], position: number, needs: number): DrawnStep {
  const join = drawn[position] as DrawnJoin;
  if (join.predecessorCount <= needs) return join;
  const isOwn = (step: DrawnStep) => step.successors.every((successor) => successor <= position);
  let cancelsFrom = position;
  while (cancelsFrom > 0 && isOwn(drawn[cancelsFrom - 1]!)) cancelsFrom--;
  return { ...join, needs, cancelsFrom };
}

/** The two conversations of an execution, as they grow from step to step. */
class DrawnConversations {
  readonly #isBranching: boolean;
  readonly #index: number;
  readonly #system: Origin | undefined;
  /** By conversation: its tokens, once it has begun, and what it started from. */
  readonly #tokens: (number | undefined)[] = [];
  readonly #origins: (Origin | undefined)[] = [];

  constructor({ systemTokens, isBranching }: World, index: number) {
    this.#isBranching = isBranching;
    this.#index = index;
    const conversation = FIRST_SYSTEM_PROMPT + (index % SYSTEM_PROMPTS);
    this.#system = systemTokens === 0 ? undefined : { conversation, tokens: systemTokens };
  }

  /** What a call of a step is about. */
  call({ conversation, added, outputTokens, appends }: WorldStep) {
    if (conversation < 0) {
      const origin = appends ? this.#system : undefined;
      const promptTokens = Math.max(1, (origin?.tokens ?? 0) + added);
      return { promptTokens, outputTokens, conversation: -1, origin, retainTokens: 0 };
    }
    const before = this.#tokens[conversation] ?? this.#begin(conversation);
    const promptTokens = Math.max(1, before + added);
    const retainTokens = appends ? promptTokens + outputTokens : before;
    this.#tokens[conversation] = retainTokens;
    const origin = this.#origins[conversation];
    const id = this.#idOf(conversation);
    return { promptTokens, outputTokens, conversation: id, origin, retainTokens };
  }

  #begin(conversation: number): number {
    let origin = this.#system;
    if (conversation > 0) {
      const tokens = this.#isBranching ? (this.#tokens[0] ?? 0) : 0;
      const first = { conversation: this.#idOf(0), origin: this.#origins[0] };
      origin = tokens === 0 ? undefined : { ...first, tokens };
    }
    this.#origins[conversation] = origin;
    return origin?.tokens ?? 0;
  }

  #idOf(conversation: number): number {
    return 2 * this.#index + conversation;
  }
}
