/**
 * What replicas of one LLM alone show while its recorded calls come at a rate: mean times of calls,
 * how long executions have calls under way, and what the replicas ask of their GPUs.
 */

import { max, mean, min } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { toSeconds, toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import { noSlowdown } from "../hardware/interference.ts";
import type { IterationTime } from "../llm/iteration-time.ts";
import type {
  OpenLoopLatencies,
  PhaseUse,
  ProfilePoint,
  ReplayMode,
} from "../llm/profile-table.ts";
import { unionLength } from "../predictor/trace-statistics.ts";
import type { IterationSpan } from "../serving/iteration-span.ts";
import type { Request } from "../serving/request.ts";
import { poissonGaps } from "../workflow/arrivals.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import { simulate } from "./simulate.ts";
import { type RecordedCalls, replayCalls, replayClosed, replayRecorded } from "./trace-replay.ts";

/** Calls measured at each rate, about, fewer at low loads and more near saturation, and executions
 * in the mean at least. */
const CALLS_PER_POINT = 1000;
const EXECUTIONS_PER_POINT = 10;
const MOST_MORE = 3;

/**
 * A replay starts with as many executions under way as in the long run, nearly at once; nothing
 * is measured for twice their mean length in the record, and longer near saturation: those
 * caught under way compute their contexts anew, and all take longer than in the record.
 */
const SETTLING_SPANS = 2;
const SETTLING_CALLS = 100;

/** A run from empty to its last execution's end takes at most so many times its length. */
const LONG_DRAIN = 20;

/** How much longer later calls may take where replicas keep up. */
const LATER_CALLS = 3;

/** Replicas of one LLM alone, and the calls that come to them. */
export interface PointSetup {
  readonly executions: readonly RecordedCalls[];
  readonly deployment: Deployment;
  /** Of any of its replicas: what it remembers serves all replays. */
  readonly iterationTime: IterationTime;
  readonly seed: number;
  /** Calls per second at saturation. */
  readonly maxCallRate: number;
  /** Seconds from an empty start that are measured, in place of a steady state. */
  readonly span?: number | undefined;
}

/** What a replay in closed loops shows. */
export interface MeasuredPoint extends ProfilePoint {
  /** Whether the replicas keep up: later calls take hardly longer than earlier ones. */
  readonly isSteady: boolean;
}

/** Replays executions in closed loops, `callRate` calls a second in all. */
export function pointAt(setup: PointSetup, callRate: number): MeasuredPoint {
  const calls: { submit: number; firstToken: number; decode: number }[] = [];
  let unionCalls = 0;
  let union = 0;
  const uses = new ReplicaUses(setup);
  const span = replayAt(
    setup,
    { mode: "closed", callRate },
    {
      onCall: ({ submitTime, firstTokenTime, endTime }) => {
        const firstToken = toSeconds(firstTokenTime - submitTime);
        calls.push({ submit: submitTime, firstToken, decode: toSeconds(endTime - firstTokenTime) });
      },
      onExecution: ({ requests }) => {
        const completed = requests.filter((request) => request?.status === "completed");
        unionCalls += completed.length;
        const intervals = completed.map((call) => ({
          start: call!.submitTime,
          end: call!.endTime,
        }));
        union += toSeconds(unionLength(intervals));
      },
      onSpan: (iterations) => uses.add(iterations),
    },
  );
  calls.sort((a, b) => a.submit - b.submit);
  const third = Math.ceil(calls.length / 3);
  const latencyOf = (part: typeof calls) => mean(part, (call) => call.firstToken + call.decode)!;
  const isSteady = latencyOf(calls.slice(-third)) <= LATER_CALLS * latencyOf(calls.slice(0, third));
  assert(unionCalls > 0 || !isSteady, "no execution was measured at a rate that is sustained");
  return {
    // As many as came: the process is random.
    callRate: calls.length / span,
    firstToken: mean(calls, ({ firstToken }) => firstToken)!,
    decode: mean(calls, ({ decode }) => decode)!,
    union: union / unionCalls,
    use: { prefill: uses.of("prefill", span), decode: uses.of("decode", span) },
    isSteady,
  };
}

/** Mean call latency in seconds where the calls come otherwise. */
export function openLoopLatency(
  setup: PointSetup,
  mode: keyof OpenLoopLatencies,
  callRate: number,
): number {
  let calls = 0;
  let latency = 0;
  replayAt(
    setup,
    { mode, callRate },
    {
      onCall: ({ submitTime, endTime }) => {
        calls++;
        latency += toSeconds(endTime - submitTime);
      },
    },
  );
  return latency / calls;
}

/** Who is told of what happens while calls are measured. */
interface PointObserver {
  readonly onCall: (request: Request) => void;
  readonly onExecution?: (execution: RunningExecution) => void;
  readonly onSpan?: (span: IterationSpan) => void;
}

/** Replays at a rate; returns for how many seconds calls were measured. */
function replayAt(
  { deployment, iterationTime, executions, seed, maxCallRate, span: fromEmpty }: PointSetup,
  { mode, callRate }: { readonly mode: ReplayMode; readonly callRate: number },
  { onCall, onExecution = () => {}, onSpan = () => {} }: PointObserver,
): number {
  const { callCount, span: meanSpan } = meanExecution(executions);
  const rate = mode === "poisson" ? callRate : callRate / callCount;
  const span = mode === "poisson" ? 0 : meanSpan;
  const caught = mode === "closed" && fromEmpty === undefined ? Math.round(rate * span) : 0;
  const load = callRate / maxCallRate;
  const more = Math.min(MOST_MORE, load < 0.2 ? 0.3 : 1 / (1 - load));
  const settling = Math.max(SETTLING_SPANS * span, SETTLING_CALLS / callRate) + (more * span) / 2;
  const length = Math.max(
    (more * CALLS_PER_POINT) / callRate,
    (Math.max(1, more) * EXECUTIONS_PER_POINT) / rate,
  );
  const start = fromEmpty === undefined ? settling : 0;
  const repeats = fromEmpty === undefined ? 1 : Math.ceil(length / fromEmpty);
  let measured = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const gap = poissonGaps(seed + repeat, "profile");
    const process = { caught, span, rate, gap };
    const { times, end } =
      fromEmpty === undefined
        ? arrivalTimes(process, { start, length, goesOn: true })
        : arrivalTimes(process, { start, length: fromEmpty, goesOn: false });
    const isMeasured = (tick: number) => tick >= toTicks(start) && tick < toTicks(end);
    measured += end - start;
    simulate({
      deployment,
      source: sourceOf(mode, executions, caught),
      arrivals: {
        kind: "recorded",
        times,
        drain: fromEmpty === undefined ? settling + span : LONG_DRAIN * (span + end),
      },
      slowdownModel: noSlowdown,
      iterationTime: () => iterationTime,
      isStreaming: true,
      observer: {
        onCallEnd: (_, __, request) => {
          if (request.status === "completed" && isMeasured(request.submitTime)) onCall(request);
        },
        onExecutionEnd: (execution) => {
          if (execution.status === "completed" && isMeasured(execution.arrivalTime)) {
            onExecution(execution);
          }
        },
        onSpan: (iterations) => {
          if (isMeasured(iterations.startTime)) onSpan(iterations);
        },
      },
    });
  }
  return measured;
}

function sourceOf(mode: ReplayMode, executions: readonly RecordedCalls[], caught: number) {
  if (mode === "closed") return replayClosed(executions, caught);
  return mode === "recorded" ? replayRecorded(executions) : replayCalls(executions);
}

/**
 * Those that are caught under way, early in a span, and a Poisson process until the end of a
 * window. One that goes on is as many lengths long as it takes until somebody comes in it.
 */
function arrivalTimes(
  process: { caught: number; span: number; rate: number; gap: () => number },
  window: { start: number; length: number; goesOn: boolean },
): { times: number[]; end: number } {
  const { caught, span, rate, gap } = process;
  const { start, length, goesOn } = window;
  const times = Array.from({ length: caught }, (_, index) => ((index / caught) * span) / 4);
  let end = start + length;
  let isEmpty = goesOn;
  for (let time = gap() / rate; time <= end || isEmpty; time += gap() / rate) {
    while (time > end) end += length;
    if (time >= start) isEmpty = false;
    times.push(time);
  }
  return { times: times.sort((a, b) => a - b), end };
}

const knownMeans = new WeakMap<readonly RecordedCalls[], { callCount: number; span: number }>();

/** Calls of an execution, and the seconds that it spans, in the mean; found once for a record. */
function meanExecution(executions: readonly RecordedCalls[]) {
  let means = knownMeans.get(executions);
  if (means === undefined) {
    const callCount = mean(executions, ({ calls }) => calls.length)!;
    means = { callCount, span: mean(executions, callSpan)! };
    knownMeans.set(executions, means);
  }
  return means;
}

/** Seconds from the first call of an execution to the end of its last. */
function callSpan({ calls }: RecordedCalls): number {
  return max(calls, ({ end }) => end)! - min(calls, ({ submit }) => submit)!;
}

/** Sums over iterations, weighted by their time. */
interface UseSums {
  time: number;
  iterations: number;
  batch: number;
  chunks: number;
  prefillTokens: number;
  contextTokens: number;
}

/** What the iterations of alike replicas ask of their GPUs, in the mean. */
class ReplicaUses {
  readonly #setup: Pick<PointSetup, "deployment" | "iterationTime">;
  readonly #sums = { prefill: emptyUse(), decode: emptyUse() };

  constructor(setup: Pick<PointSetup, "deployment" | "iterationTime">) {
    this.#setup = setup;
  }

  add(span: IterationSpan): void {
    const sums = this.#sums[span.phase === "decode" ? "decode" : "prefill"];
    const time = toSeconds(span.endTime - span.startTime);
    sums.time += time;
    sums.iterations += span.iterations;
    sums.batch += time * span.batch;
    // Beside decodes one prompt is computed, as a rule.
    sums.chunks += time * (span.phase === "prefill" ? span.batch : 1);
    sums.prefillTokens += time * span.prefillTokens;
    sums.contextTokens += time * span.contextTokens;
  }

  /** Of one replica, over `length` seconds. */
  of(phase: "prefill" | "decode", length: number): PhaseUse {
    const { deployment, iterationTime: cost } = this.#setup;
    const { model, instances } = deployment.llms[0]!;
    const { time, ...sums } = this.#sums[phase];
    const meanOf = (sum: number) => (time > 0 ? Math.max(1, Math.round(sum / time)) : 1);
    const batch = meanOf(sums.batch);
    const count = Math.min(batch, meanOf(sums.chunks));
    const tokens = Math.max(1, Math.round(meanOf(sums.prefillTokens) / count));
    const chunks = phase === "decode" ? [] : new Array(count).fill({ tokens, context: 0 });
    const decodes = batch - chunks.length;
    const demand = cost.demand(chunks, decodes, meanOf(sums.contextTokens));
    const host = cost.host(batch);
    const launch = phase === "decode" ? 0 : cost.launch(chunks.length, decodes);
    const gpuTime = time > 0 ? Math.max(0, time / sums.iterations - host) : demand.iterationTime;
    const work = launch > demand.iterationTime ? demand.iterationTime / launch : 1;
    const iterationTime = gpuTime * work;
    return {
      busy: time / length / instances.length,
      duty: gpuTime / (gpuTime + host),
      work,
      demand: { ...demand, iterationTime, layerTime: iterationTime / model.layers },
    };
  }
}

function emptyUse(): UseSums {
  return { time: 0, iterations: 0, batch: 0, chunks: 0, prefillTokens: 0, contextTokens: 0 };
}
