/**
 * Scepsy's third step, simulated: the traced calls of one LLM, replayed alone on one replica of
 * each TP degree. Saturation comes from a closed loop that keeps the replica full; the latency
 * curve from replaying executions at a rate, where a call waits for its predecessor and the gap
 * between them is kept ("closed" mode). Shares below one are not simulated but stretched by the
 * cost model.
 */

import { max, mean, min, quantile } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import type { Curve } from "../hardware/curve.ts";
import { noSlowdown } from "../hardware/interference.ts";
import { createIterationTime } from "../llm/iteration-time.ts";
import { HIGHEST_LOAD, type LlmProfile, type TpProfile } from "../llm/profile-table.ts";
import { GRANULES_PER_GPU, tpDegrees } from "../planner/configurations.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { Request } from "../serving/request.ts";
import { poissonGaps } from "../workflow/arrivals.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { type Arrivals, simulate } from "./simulate.ts";
import { callsOfLlm, type RecordedCalls, replayClosed } from "./trace-replay.ts";
import { dedicatedDeployment, holdsCall } from "./tracing.ts";

/** Parts of the saturation throughput at which latency is measured. */
const LOADS = [0.02, 0.25, 0.45, 0.65, 0.8, HIGHEST_LOAD];

/** The load at which the stretch of smaller shares is computed. */
const TYPICAL_LOAD = 0.65;

/** Calls measured at each load, about, and executions at least. */
const CALLS_PER_POINT = 500;
const EXECUTIONS_PER_POINT = 20;

/**
 * Executions arrive for this quantile of their length before any call is measured, so that they
 * overlap as they would in a long run.
 */
const FILLING_QUANTILE = 0.99;

/** Users of the closed loop that finds saturation: doubled from here while that brings more. */
const FIRST_USERS = 16;
const ENOUGH_GAIN = 1.02;

/** Calls replayed in that loop, per user and at least; the first part fills the replica. */
const CALLS_PER_USER = 4;
const SATURATION_CALLS = 400;
const FILLING_PART = 0.4;

/** What profiling depends on. */
export interface ProfilingSetup {
  readonly traces: readonly ExecutionTrace[];
  readonly llms: readonly PlannedLlm[];
  readonly cluster: Deployment["cluster"];
  readonly seed: number;
}

/** Profiles LLM number `llm` of the setup over all TP degrees that fit. */
export function profileLlm(setup: ProfilingSetup, llm: number): LlmProfile {
  const executions = callsOfLlm(setup.traces, llm);
  const byTp = new Map<number, TpProfile>();
  if (executions.length === 0) return { byTp };
  const { cluster, seed } = setup;
  const planned = setup.llms[llm]!;
  const longest = max(executions, ({ calls }) =>
    max(calls, (call) => call.promptTokens + call.outputTokens),
  )!;
  for (const tp of tpDegrees(cluster.gpus)) {
    if (!holdsCall(cluster, planned, tp, longest)) continue;
    const deployment = dedicatedDeployment([planned], [tp], cluster);
    byTp.set(tp, profileTp({ executions, deployment, seed }));
  }
  return { byTp };
}

/** One LLM on one replica. */
interface TpSetup {
  /** The LLM's calls, execution by execution. */
  readonly executions: readonly RecordedCalls[];
  readonly deployment: Deployment;
  readonly seed: number;
}

function profileTp(setup: TpSetup): TpProfile {
  const { deployment } = setup;
  const maxCallRate = saturationRate(setup);
  const points = LOADS.map((load) => latencyAt(setup, load * maxCallRate));
  const typical = points[LOADS.indexOf(TYPICAL_LOAD)]!;
  return {
    tp: deployment.llms[0]!.instances[0]!.gpus.length,
    maxCallRate,
    callRates: LOADS.map((load) => load * maxCallRate),
    latencies: points.map(({ latency }) => latency),
    stretchOfShare: stretchOfShare(deployment, typical),
  };
}

/**
 * Calls per second that a replica sustains: the most over numbers of users who each keep an
 * execution going. More users batch better, until their conversations crowd the prefix cache.
 */
function saturationRate(setup: TpSetup): number {
  let best = 0;
  for (let users = FIRST_USERS; ; users *= 2) {
    const rate = closedLoopRate(setup, users);
    if (rate < ENOUGH_GAIN * best) return Math.max(best, rate);
    best = rate;
  }
}

/** Calls per second with `users` who each start an execution when their last one ends. */
function closedLoopRate({ executions, deployment }: TpSetup, users: number): number {
  const maxCalls = Math.max(SATURATION_CALLS, CALLS_PER_USER * users);
  const arrivals: Arrivals = { kind: "closed", users, executions: users + maxCalls, maxCalls };
  const requests = replay(deployment, replayClosed(executions, users), arrivals);
  // Calls end in batches: whole ones are counted, from one to just before another.
  const from = requests[Math.floor(FILLING_PART * requests.length)]!.endTime;
  const to = requests.at(-1)!.endTime;
  const measured = requests.filter(({ endTime }) => endTime >= from && endTime < to).length;
  return to > from ? measured / toSeconds(to - from) : 0;
}

/** What replaying at a rate shows. */
interface LatencyPoint {
  /** Mean call latency in seconds. */
  readonly latency: number;
  /** Mean calls on the replica, by Little's law. */
  readonly inFlight: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

function latencyAt({ executions, deployment, seed }: TpSetup, callRate: number): LatencyPoint {
  const callsPerExecution = mean(executions, ({ calls }) => calls.length)!;
  const rate = callRate / callsPerExecution;
  const filling = quantile(executions, FILLING_QUANTILE, callSpan)!;
  const measured = Math.max(CALLS_PER_POINT / callRate, EXECUTIONS_PER_POINT / rate);
  const requests = replay(deployment, replayClosed(executions), {
    kind: "open",
    rate,
    unitGap: poissonGaps(seed, "profile"),
    limit: { duration: filling + measured },
    drain: filling,
  }).filter(({ submitTime }) => {
    const submit = toSeconds(submitTime);
    return submit >= filling && submit < filling + measured;
  });
  const latency = mean(requests, ({ submitTime, endTime }) => toSeconds(endTime - submitTime));
  return {
    latency: latency!,
    inFlight: callRate * latency!,
    promptTokens: mean(requests, (request) => request.promptTokens)!,
    cachedTokens: mean(requests, (request) => request.cachedTokens)!,
    outputTokens: mean(requests, (request) => request.outputTokens)!,
  };
}

/** Seconds from the first call of an execution to the end of its last. */
function callSpan({ calls }: RecordedCalls): number {
  return max(calls, ({ end }) => end)! - min(calls, ({ submit }) => submit)!;
}

/** Replays executions and returns their completed calls in the order in which they ended. */
function replay(deployment: Deployment, source: ExecutionSource, arrivals: Arrivals): Request[] {
  const requests: Request[] = [];
  simulate({
    deployment,
    source,
    arrivals,
    slowdownModel: noSlowdown,
    observer: {
      onCallEnd: (_, __, request) => {
        if (request.status === "completed") requests.push(request);
      },
      onExecutionEnd: () => {},
    },
  });
  return requests;
}

/**
 * How much longer the mean call keeps a replica busy with a share of its GPUs than with all of
 * them: one prefill, and its part of the decode iterations of a typical batch.
 */
function stretchOfShare({ cluster, llms }: Deployment, point: LatencyPoint): Curve {
  const { model, engine, instances } = llms[0]!;
  const { gpus } = instances[0]!;
  const batch = Math.max(1, Math.min(engine.maxNumSeqs, Math.round(point.inFlight)));
  const context = batch * (point.promptTokens + point.outputTokens / 2);
  const chunk = {
    tokens: Math.max(1, Math.round(point.promptTokens - point.cachedTokens)),
    context: Math.round(point.cachedTokens),
  };
  const timeAt = (share: number): number => {
    const hardware = {
      gpu: gpus[0]!.type,
      cluster,
      tp: gpus.length,
      level: "domain",
      share,
    } as const;
    const time = createIterationTime(model, engine, hardware);
    const { fixed, perContextToken } = time.decode(batch, context);
    const decode = time.host(batch) + fixed + perContextToken * context;
    const prefill = time.host(1) + Math.max(time.launch(1, 0), time.mixed([chunk], 0, 0));
    return prefill + ((point.outputTokens - 1) * decode) / batch;
  };
  const shares = Array.from(
    { length: GRANULES_PER_GPU },
    (_, index) => (index + 1) / GRANULES_PER_GPU,
  );
  const whole = timeAt(1);
  return { x: shares, y: shares.map((share) => timeAt(share) / whole) };
}
