/**
 * Scepsy's third step, simulated: the traced calls of one LLM, replayed alone on replicas of each
 * size. Saturation comes from a closed loop that keeps the replicas full; the curves from replaying
 * executions at rates below.
 */

import { max } from "d3-array";
import { instanceTime } from "../deployment/instance-time.ts";
import { kvBytesByReplica } from "../deployment/memory.ts";
import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import { type Cluster, createCluster, gpuTypes } from "../hardware/cluster.ts";
import { noSlowdown } from "../hardware/interference.ts";
import { kvBytesPerToken } from "../llm/model.ts";
import {
  HIGHEST_LOAD,
  type ProfilePoint,
  type ReplicaGroup,
  type SizeProfile,
} from "../llm/profile-table.ts";
import { tpDegrees } from "../planner/configurations.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { ExecutionTrace } from "../workflow/trace.ts";
import { openLoopLatency, type PointSetup, pointAt } from "./profile-point.ts";
import { simulate } from "./simulate.ts";
import { callsOfLlm, fanOut, type RecordedCalls, replayClosed } from "./trace-replay.ts";
import { holdsCall } from "./tracing.ts";

/** Parts of saturation at which everything is measured. */
const LOADS = [0.03, 0.1, 0.25, 0.5, 0.75, 0.87, HIGHEST_LOAD];

/** Shares of a GPU that are profiled besides the whole, and most replicas that are. */
const SHARES = [1 / 8, 1 / 4, 1 / 2];
const REPLICAS = [1, 2, 4, 16];

/** Calls at once in the closed loop that finds saturation, a replica: doubled while that brings
 * more, and until the replicas are busy for so much of the time. */
const FIRST_CALLS = 16;
const ENOUGH_GAIN = 1.02;
const ENOUGH_BUSY = 0.98;

/** Calls replayed in that loop, one after another per user and at least in all; the first part
 * fills the replicas. */
const CALLS_PER_USER = 4;
const SATURATION_CALLS = 1000;
const FILLING_PART = 0.4;

/** Steps by which a rate that is not stable is lowered, and bisections of the last. */
const STABLE_STEP = 0.8;
const STABLE_STEPS = 12;
const STABLE_BISECTIONS = 3;

/** Replicas of one LLM alone, before it is known what they sustain. */
type ReplaySetup = Omit<PointSetup, "maxCallRate">;

/** What profiling depends on. */
export interface ProfilingSetup {
  readonly traces: readonly ExecutionTrace[];
  readonly llms: readonly PlannedLlm[];
  readonly cluster: Cluster;
  readonly seed: number;
  /** Seconds from an empty start that are profiled, in place of a steady state. */
  readonly span?: number | undefined;
}

/** The sizes to profile; none for an LLM that is never called. */
export function profiledSizes({ traces, llms, cluster }: ProfilingSetup, llm: number) {
  const sizes: ReplicaGroup[] = [];
  const longest = max(traces, ({ calls }) =>
    max(calls, (call) => (call.llm === llm ? call.promptTokens + call.outputTokens : undefined)),
  );
  if (longest === undefined) return sizes;
  for (const gpu of gpuTypes(cluster)) {
    const gpus = cluster.gpus.filter(({ type }) => type === gpu);
    for (const tp of tpDegrees(gpus)) {
      if (!holdsCall(gpu, llms[llm]!, tp, longest)) continue;
      for (const share of SHARES) sizes.push({ gpu: gpu.name, tp, share, replicas: 1 });
      const most = Math.floor(gpus.length / tp);
      for (const replicas of REPLICAS) {
        if (replicas <= most) sizes.push({ gpu: gpu.name, tp, share: 1, replicas });
      }
    }
  }
  return sizes;
}

/** Replicas that have their nodes to themselves. */
function groupDeployment(
  llm: PlannedLlm,
  { gpu, tp, share, replicas }: ReplicaGroup,
  cluster: Cluster,
): Deployment {
  const gpuType = gpuTypes(cluster).find(({ name }) => name === gpu)!;
  const nodes = Array.from({ length: replicas }, (_, index) => {
    return { id: `node${index}`, gpuType, gpuCount: tp, domainSize: tp };
  });
  const dedicated = createCluster("profiling", nodes, cluster);
  const instances = nodes.map((_, index) => {
    return { gpus: dedicated.gpus.filter(({ node }) => node === index), share };
  });
  return { cluster: dedicated, llms: [{ ...llm, instances }] };
}

/** Tokens of KV cache that each of these replicas has if nobody else is on its GPUs. */
export function kvTokensAlone(llm: PlannedLlm, group: ReplicaGroup, cluster: Cluster): number {
  const kvBytes = kvBytesByReplica(groupDeployment(llm, group, cluster))[0]!;
  return Math.floor(kvBytes / kvBytesPerToken(llm.model, group.tp));
}

/** Profiles replicas of one size of LLM number `llm`. */
export function profileSize(
  { traces, llms, ...place }: ProfilingSetup,
  llm: number,
  group: ReplicaGroup,
): SizeProfile {
  return profileCalls(callsOfLlm(traces, llm), llms[llm]!, { ...place, group });
}

/** Profiles replicas of one size from the recorded calls of their LLM. */
export function profileCalls(
  executions: readonly RecordedCalls[],
  llm: PlannedLlm,
  options: Omit<ProfilingSetup, "traces" | "llms"> & { readonly group: ReplicaGroup },
): SizeProfile {
  const { cluster, seed, span, group } = options;
  const deployment = groupDeployment(llm, group, cluster);
  const iterationTime = instanceTime(llm, deployment.llms[0]!.instances[0]!, deployment.cluster);
  const alone = { executions, deployment, iterationTime, seed };
  const { maxCallRate, highest } = stableRate(alone);
  const setup = { ...alone, maxCallRate, span };
  const callRates = LOADS.map((load) => load * maxCallRate);
  const isWholeReplica = group.replicas === 1 && group.share === 1;
  const openLoop = (mode: "recorded" | "poisson") =>
    callRates.map((callRate) => openLoopLatency(setup, mode, callRate));
  return {
    ...group,
    maxCallRate,
    kvTokens: kvTokensAlone(llm, group, cluster),
    points: [
      ...callRates.slice(0, -1).map((callRate) => plainPoint(setup, callRate)),
      span === undefined ? highest : plainPoint(setup, callRates.at(-1)!),
    ],
    ...(isWholeReplica
      ? { openLoop: { recorded: openLoop("recorded"), poisson: openLoop("poisson") } }
      : {}),
  };
}

/**
 * The highest stable rate. A closed loop finds what replicas sustain with as many executions as
 * suit them; where calls come at that rate by themselves, more may be under way at times than
 * there is memory for, and contexts that crowd one another out make more work. So the rate is
 * lowered until the replicas keep up with 0.95 of it, and bisected.
 */
function stableRate(alone: ReplaySetup) {
  const at = (maxCallRate: number) => {
    const { isSteady, ...highest } = pointAt({ ...alone, maxCallRate }, HIGHEST_LOAD * maxCallRate);
    return { maxCallRate, highest, isSteady };
  };
  let found = at(saturationRate(alone));
  let high = found.maxCallRate;
  for (let step = 0; !found.isSteady && step < STABLE_STEPS; step++) {
    high = found.maxCallRate;
    found = at(STABLE_STEP * high);
  }
  for (let step = 0; found.maxCallRate < high && step < STABLE_BISECTIONS; step++) {
    const middle = at(Math.sqrt(found.maxCallRate * high));
    if (middle.isSteady) found = middle;
    else high = middle.maxCallRate;
  }
  return found;
}

function plainPoint(setup: PointSetup, callRate: number): ProfilePoint {
  const { isSteady: _, ...point } = pointAt(setup, callRate);
  return point;
}

/**
 * Calls per second that replicas sustain: the most over numbers of users who each keep an
 * execution going. More users batch better, until their conversations crowd the prefix cache.
 * Replicas that are idle at times are not saturated, whatever it looks like: few users may all be
 * in a gap.
 */
function saturationRate(setup: ReplaySetup): number {
  const atOnce = FIRST_CALLS * setup.deployment.llms[0]!.instances.length;
  let best = 0;
  for (let users = Math.ceil(atOnce / fanOut(setup.executions)); ; users *= 2) {
    const { callRate, busy } = closedLoop(setup, users);
    if (callRate < ENOUGH_GAIN * best && busy > ENOUGH_BUSY) return Math.max(best, callRate);
    best = Math.max(best, callRate);
  }
}

/**
 * `users` who each start an execution when their last one ends: calls per second, and the part of
 * the time in which a replica is busy.
 */
function closedLoop({ executions, deployment, iterationTime }: ReplaySetup, users: number) {
  const perUser = Math.ceil(CALLS_PER_USER * fanOut(executions));
  const maxCalls = Math.max(SATURATION_CALLS, perUser * users);
  const ends: number[] = [];
  let busy = 0;
  simulate({
    deployment,
    source: replayClosed(executions, users),
    arrivals: { kind: "closed", users, limit: { executions: users + maxCalls }, maxCalls },
    slowdownModel: noSlowdown,
    iterationTime: () => iterationTime,
    isStreaming: true,
    observer: {
      onCallEnd: (_, __, request) => {
        if (request.status === "completed") ends.push(request.endTime);
      },
      onExecutionEnd: () => {},
      onSpan: ({ startTime, endTime }) => {
        if (ends.length > FILLING_PART * maxCalls) busy += endTime - startTime;
      },
    },
  });
  // Calls end in batches: whole ones are counted, from one to just before another.
  const from = ends[Math.floor(FILLING_PART * ends.length)]!;
  const to = ends.at(-1)!;
  const measured = ends.filter((end) => end >= from && end < to).length;
  const length = to - from;
  return {
    callRate: length > 0 ? measured / toSeconds(length) : 0,
    busy: length > 0 ? busy / length / deployment.llms[0]!.instances.length : 0,
  };
}
