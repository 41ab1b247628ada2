/**
 * Scepsy's third step, simulated: the traced calls of one LLM, replayed alone on one replica of
 * each TP degree. Saturation comes from a closed loop that keeps the replica full; the latency
 * curve from replaying executions at a rate, each keeping the offsets between its calls
 * ("recorded" mode). Shares below one are not simulated but stretched by the cost model.
 */

import { max, mean } from "d3-array";
import { kvBytesByReplica } from "../deployment/memory.ts";
import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import type { Curve } from "../hardware/curve.ts";
import { noSlowdown } from "../hardware/interference.ts";
import { createIterationTime } from "../llm/iteration-time.ts";
import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import type { LlmProfile, TpProfile } from "../llm/profile-table.ts";
import { GRANULES_PER_GPU, tpDegrees } from "../planner/configurations.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { Request } from "../serving/request.ts";
import { poissonGaps } from "../workflow/arrivals.ts";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";
import { type Arrivals, simulate } from "./simulate.ts";
import { replayInOrder, replayRecorded } from "./trace-replay.ts";
import { dedicatedDeployment } from "./tracing.ts";

/** Parts of the saturation throughput at which latency is measured. */
const LOADS = [0.02, 0.25, 0.45, 0.65, 0.8, 0.9, 0.95];

/** The load at which the stretch of smaller shares is computed. */
const TYPICAL_LOAD = 0.65;

/** Calls replayed at each load, and at least this many executions. */
const CALLS_PER_POINT = 300;
const EXECUTIONS_PER_POINT = 20;

/** Users of the closed loop that finds saturation, as parts of what a replica can run. */
const SATURATION_USERS = [1 / 16, 1 / 4, 1];

/** Calls replayed in that loop, per user and at least; the first part fills the replica. */
const CALLS_PER_USER = 5;
const SATURATION_CALLS = 400;
const FILLING_PART = 0.25;

/** What profiling depends on. */
export interface ProfilingSetup {
  readonly traces: readonly ExecutionTrace[];
  readonly llms: readonly PlannedLlm[];
  readonly cluster: Deployment["cluster"];
  readonly seed: number;
}

/** Profiles LLM number `llm` of the setup over all TP degrees that fit. */
export function profileLlm(setup: ProfilingSetup, llm: number): LlmProfile {
  const executions = setup.traces
    .map(({ calls }) => calls.filter((call) => call.llm === llm))
    .filter((calls) => calls.length > 0);
  const byTp = new Map<number, TpProfile>();
  for (const tp of tpDegrees(setup.cluster.gpus)) {
    const deployment = profiledDeployment(setup, llm, tp);
    if (deployment === undefined || executions.length === 0) continue;
    byTp.set(tp, profileTp({ executions, deployment, seed: setup.seed }));
  }
  return { byTp };
}

/** The LLM alone on `tp` whole GPUs; undefined where it does not fit with its longest call. */
function profiledDeployment(
  { llms, traces, cluster }: ProfilingSetup,
  llm: number,
  tp: number,
): Deployment | undefined {
  const planned = llms[llm]!;
  const gpu = cluster.gpus[0]!.type;
  if (!supportsTp(planned.model, tp) || (tp > 1 && !gpu.allReduce.has(tp))) return undefined;
  if (weightBytes(planned.model, tp) >= planned.engine.memoryUtilization * gpu.memory) {
    return undefined;
  }
  const longest = max(traces, ({ calls }) =>
    max(calls, (call) => (call.llm === llm ? call.promptTokens + call.outputTokens : 0)),
  );
  const deployment = dedicatedDeployment({ llms: [planned], tp: [tp], cluster });
  const kvTokens = kvBytesByReplica(deployment)[0]! / kvBytesPerToken(planned.model, tp);
  return kvTokens >= (longest ?? 0) ? deployment : undefined;
}

/** One LLM on one replica. */
interface TpSetup {
  /** The LLM's calls, execution by execution. */
  readonly executions: readonly (readonly TraceCall[])[];
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
 * Calls per second that a replica sustains: the most over several numbers of users who each keep
 * an execution going. More users batch better, until their conversations crowd the prefix cache.
 */
function saturationRate({ executions, deployment }: TpSetup): number {
  const { maxNumSeqs } = deployment.llms[0]!.engine;
  const rates = SATURATION_USERS.map((part) => {
    const users = Math.ceil(part * maxNumSeqs);
    const maxCalls = Math.max(SATURATION_CALLS, CALLS_PER_USER * users);
    const arrivals: Arrivals = { kind: "closed", users, executions: users + maxCalls, maxCalls };
    const requests = replay(deployment, replayInOrder(executions, users), arrivals);
    const first = Math.floor(FILLING_PART * requests.length);
    const span = requests.at(-1)!.endTime - requests[first]!.endTime;
    return (requests.length - 1 - first) / toSeconds(span);
  });
  return Math.max(...rates);
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
  const callsPerExecution = executions.flat().length / executions.length;
  const replayed = Math.ceil(CALLS_PER_POINT / callsPerExecution);
  const count = Math.max(EXECUTIONS_PER_POINT, replayed);
  const requests = replay(deployment, replayRecorded(executions), {
    kind: "open",
    rate: callRate / callsPerExecution,
    unitGap: poissonGaps(seed, "profile"),
    limit: { executions: count },
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

/** Replays executions and returns their completed calls in the order in which they ended. */
function replay(
  deployment: Deployment,
  source: ReturnType<typeof replayInOrder>,
  arrivals: Arrivals,
): Request[] {
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
    const { fixed, perContextToken } = time.decode(batch);
    const decode = time.host(batch) + fixed + perContextToken * context;
    const prefill = time.host(1) + time.mixed([chunk], 0, 0);
    return prefill + ((point.outputTokens - 1) * decode) / batch;
  };
  const shares = Array.from(
    { length: GRANULES_PER_GPU },
    (_, index) => (index + 1) / GRANULES_PER_GPU,
  );
  const whole = timeAt(1);
  return { x: shares, y: shares.map((share) => timeAt(share) / whole) };
}
