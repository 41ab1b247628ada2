/**
 * alp+, the Aggregate LLM Pipeline with what the paper leaves out. Each LLM's calls get the mean
 * times to the first token and from there to the end that its replicas, all of them together, show
 * in closed loops at the planned rate; tenants of a GPU stretch one another's; and the recorded
 * executions are played again at these times, which credits overlap, keeps tools, and gives
 * percentiles.
 *
 *   firstToken_m = s·F_m(s·λ·n_m)   decode_m = s·D_m(s·λ·n_m)   s from the neighbours' use of the GPU
 *
 * Stretched time only changes the unit of time of the queue, hence the stretched rate. How much a
 * replica uses its GPUs depends on its stretch, and the other way round: found by substitution.
 */

import { mean, min, quantileSorted, sum } from "d3-array";
import { kvBytesByReplica } from "../deployment/memory.ts";
import type { DeployedLlm, Deployment, Instance } from "../deployment/plan.ts";
import { replicaGroups } from "../deployment/replica-groups.ts";
import { type Cluster, spannedLevel } from "../hardware/cluster.ts";
import { createIterationTime } from "../llm/iteration-time.ts";
import { kvBytesPerToken } from "../llm/model.ts";
import {
  HIGHEST_LOAD,
  kvTokensProfiled,
  maxCallRate,
  type ProfilePoint,
  profileAt,
  type ReplicaGroup,
} from "../llm/profile-table.ts";
import { memoryPressure } from "./memory-pressure.ts";
import {
  callRate,
  type PredictionProblem,
  type StagePrediction,
  type WorkflowDemand,
  type WorkflowPrediction,
} from "./prediction.ts";
import { type CallStretch, retimedLatency } from "./retiming.ts";
import { expectedStretches, type GpuUse, type Stretch, UNDISTURBED } from "./shared-gpus.ts";
import type { WorkflowStatistics } from "./trace-statistics.ts";

/** Each a way in which alp+ goes beyond the paper; without all it is a sum of unions. */
export interface Corrections {
  /** Time of tools. */
  readonly tools: boolean;
  /** Calls and tools that overlap in the traces; without, LLMs and tools follow one another. */
  readonly overlap: boolean;
  /** Prefill and decode stretch apart, so calls of different roles do; without, all calls alike. */
  readonly roles: boolean;
  /** Tenants of a GPU slow one another down. */
  readonly interference: boolean;
  /** Contexts are evicted where a replica has less memory than it was profiled with. */
  readonly memory: boolean;
  /** All replicas of an LLM are profiled together; without, one with its part of the calls. */
  readonly replicas: boolean;
}

/** All of them. */
export const ALL_CORRECTIONS: Corrections = {
  tools: true,
  overlap: true,
  roles: true,
  interference: true,
  memory: true,
  replicas: true,
};

/** Quantiles of latency that are predicted. */
const QUANTILES = [0.5, 0.95, 0.99];

/** Repeated substitutions of use and stretch; halvings of the interval around the peak. */
const SUBSTITUTIONS = 8;
const BISECTIONS = 14;

/** Replicas of one size of one LLM, at one rate. */
interface GroupState {
  readonly group: ReplicaGroup;
  readonly llm: number;
  /** Indices of its replicas. */
  readonly replicas: readonly number[];
  /** Part of the LLM's calls that it gets. */
  readonly part: number;
  /** Calls per second at saturation, undisturbed. */
  readonly capacity: number;
  point: ProfilePoint | undefined;
  stretch: Stretch;
  /** Of time as a whole. */
  meanStretch: number;
  /** Part of saturation at which it works, in stretched time and with what memory costs. */
  load: number;
  /** Tokens of KV cache of a replica as planned, and as profiled. */
  readonly kvTokens: number;
  readonly kvTokensProfiled: number;
  /** GPU seconds to compute a token of a prompt. */
  readonly tokenTime: number;
  /** Tokens per call that are computed again for lack of memory. */
  missedTokens: number;
}

/** Predicts what a deployment does at the workflows' rates, one prediction a workflow. */
export function predictDeployment(
  problem: PredictionProblem,
  deployment: Deployment,
  corrections: Corrections = ALL_CORRECTIONS,
): WorkflowPrediction[] {
  const groups = groupStates(problem, deployment, corrections);
  const peak = peakFactor(problem, deployment, groups, corrections);
  solve(problem, deployment, groups, { factor: 1, corrections });
  return problem.workflows.map((workflow) => {
    const stages = workflow.statistics.llms.map((_, llm) =>
      stageOf(workflow, groups.filter((group) => group.llm === llm), llm),
    );
    const throughputMax = peak * workflow.rate;
    return { ...workflowLatency(workflow, groups, corrections), throughputMax, stages };
  });
}

/** The replicas of a deployment by LLM and size, undisturbed. */
function groupStates(
  { profiles }: PredictionProblem,
  deployment: Deployment,
  { replicas: isTogether }: Corrections,
): GroupState[] {
  const kvBytes = kvBytesByReplica(deployment);
  return replicaGroups(deployment).flatMap((groups, llm) => {
    const { model, engine } = deployment.llms[llm]!;
    const profile = profiles[llm]!;
    const alike = (group: ReplicaGroup) => (isTogether ? group : { ...group, replicas: 1 });
    const capacityOf = (group: ReplicaGroup) =>
      maxCallRate(profile, alike(group)) * (isTogether ? 1 : group.replicas);
    const total = sum(groups, capacityOf);
    return groups.map((indexed): GroupState => {
      const { indices, instance, ...group } = indexed;
      const capacity = capacityOf(group);
      const bytes = Math.min(...indices.map((index) => kvBytes[index]!));
      return {
        group: alike(group),
        llm,
        replicas: indices,
        part: total > 0 ? capacity / total : 0,
        capacity,
        kvTokens: bytes / kvBytesPerToken(model, group.tp),
        kvTokensProfiled: kvTokensProfiled(profile, group),
        tokenTime: promptTokenTime(deployment.cluster, { model, engine, ...instance }),
        missedTokens: 0,
        point: undefined,
        stretch: UNDISTURBED,
        meanStretch: 1,
        load: 0,
      };
    });
  });
}

/** Tokens of the chunks by which the time of a prompt's token is taken. */
const CHUNK_TOKENS = 2048;

/** GPU seconds of a token of a long prompt. */
function promptTokenTime(
  cluster: Cluster,
  { model, engine, gpus, share }: Pick<DeployedLlm, "model" | "engine"> & Instance,
): number {
  const hardware = { gpu: gpus[0]!.type, cluster, tp: gpus.length, share, level: spannedLevel(gpus) };
  const time = createIterationTime(model, engine, hardware);
  return time.mixed([{ tokens: CHUNK_TOKENS, context: CHUNK_TOKENS }], 0, 0) / CHUNK_TOKENS;
}

/** Finds the state of all groups at `factor` times the workflows' rates. */
function solve(
  problem: PredictionProblem,
  deployment: Deployment,
  groups: readonly GroupState[],
  { factor, corrections }: { readonly factor: number; readonly corrections: Corrections },
): void {
  const { profiles } = problem;
  const uses: (GpuUse | undefined)[] = [];
  for (const state of groups) {
    state.stretch = UNDISTURBED;
    state.meanStretch = 1;
    state.missedTokens = 0;
  }
  for (let step = 0; step < SUBSTITUTIONS; step++) {
    for (const state of groups) {
      const { llm, group, part, capacity, meanStretch, missedTokens, tokenTime } = state;
      const calls = factor * callRate(problem, llm);
      const own = calls * part;
      const again = (own * missedTokens * tokenTime) / state.replicas.length;
      const load = meanStretch * ((capacity > 0 ? own / capacity : 0) + again);
      state.load = capacity === 0 && calls > 0 ? Number.POSITIVE_INFINITY : load;
      const rate = Math.min(load, HIGHEST_LOAD) * maxCallRate(profiles[llm]!, group);
      state.point = calls > 0 ? profileAt(profiles[llm]!, group, rate) : undefined;
      for (const replica of state.replicas) uses[replica] = state.point;
      if (corrections.memory && calls > 0) applyMemory(problem, groups, state, own);
    }
    if (!corrections.interference) continue;
    const stretches = expectedStretches(deployment, uses);
    for (const state of groups) {
      const own = state.replicas.map((replica) => stretches[replica]!);
      state.stretch = {
        prefill: mean(own, ({ prefill }) => prefill)!,
        decode: mean(own, ({ decode }) => decode)!,
      };
      state.meanStretch = meanStretch(state);
    }
  }
}

/** What the planned memory costs a group beyond what it cost in its profile. */
function applyMemory(
  { workflows }: PredictionProblem,
  groups: readonly GroupState[],
  state: GroupState,
  calls: number,
): void {
  const { llm, kvTokens, kvTokensProfiled, replicas } = state;
  const { statistics } = workflows.find(({ statistics }) => statistics.llms[llm]!.calls > 0)!;
  const { firstToken, decode } = callTimes([{ ...state, part: 1, load: 0 }]);
  const situation = {
    callRate: calls / replicas.length,
    latency: firstToken + decode,
    gapStretch: gapStretch(statistics, groups, llm),
  };
  const [planned, profiled] = [kvTokens, kvTokensProfiled].map((tokens) =>
    memoryPressure(
      statistics.llms[llm]!,
      { ...situation, kvTokens: tokens },
      statistics.executions,
    ),
  );
  state.missedTokens = Math.max(0, planned!.missedTokens - profiled!.missedTokens);
  state.load = Math.max(state.load, planned!.running);
}

/** How much longer than recorded the time between two calls of an LLM is. */
function gapStretch(
  { llms, toolSeconds }: WorkflowStatistics,
  groups: readonly GroupState[],
  llm: number,
): number {
  let before = toolSeconds;
  let now = toolSeconds;
  llms.forEach(({ calls, callDuration }, other) => {
    if (other === llm || calls === 0) return;
    const ofOther = groups.filter((state) => state.llm === other).map((s) => ({ ...s, load: 0 }));
    const { firstToken, decode } = callTimes(ofOther);
    before += calls * callDuration;
    now += calls * (firstToken + decode || callDuration);
  });
  return before > 0 ? now / before : 1;
}

/** Of iterations of both kinds, by the time that they take undisturbed. */
function meanStretch({ point, stretch }: GroupState): number {
  const prefill = point?.prefillUse.busy ?? 0;
  const decode = point?.decodeUse.busy ?? 0;
  if (prefill + decode === 0) return 1;
  return (prefill * stretch.prefill + decode * stretch.decode) / (prefill + decode);
}

/** The largest factor on the workflows' rates at which no group is saturated. */
function peakFactor(
  problem: PredictionProblem,
  deployment: Deployment,
  groups: readonly GroupState[],
  corrections: Corrections,
): number {
  const undisturbed = min(groups, ({ llm, part, capacity }) => {
    const calls = callRate(problem, llm);
    return calls > 0 ? capacity / (calls * part) : undefined;
  });
  if (undisturbed === undefined) return Number.POSITIVE_INFINITY;
  let low = 0;
  let high = undisturbed;
  for (let step = 0; step < BISECTIONS; step++) {
    const factor = step === 0 ? high : (low + high) / 2;
    solve(problem, deployment, groups, { factor, corrections });
    if (groups.some(({ load }) => load > 1)) high = factor;
    else {
      low = factor;
      if (step === 0) break;
    }
  }
  return low;
}

/** What becomes of an LLM's calls; undefined past the highest load. */
interface CallTimes {
  readonly firstToken: number;
  readonly decode: number;
  readonly union: number;
}

function callTimes(groups: readonly GroupState[]): CallTimes {
  const of = (time: (point: ProfilePoint, state: GroupState) => number) =>
    sum(groups, (state) => {
      const { part, point } = state;
      if (part === 0 || point === undefined) return 0;
      return part * (state.load > 1 ? Infinity : time(point, state));
    });
  return {
    firstToken: of(
      ({ firstToken }, { stretch, missedTokens, tokenTime }) =>
        stretch.prefill * (firstToken + missedTokens * tokenTime),
    ),
    decode: of(({ decode }, { stretch }) => stretch.decode * decode),
    union: of(({ union }, state) => state.meanStretch * union),
  };
}

function stageOf(
  { statistics }: WorkflowDemand,
  groups: readonly GroupState[],
  llm: number,
): StagePrediction {
  const { calls } = statistics.llms[llm]!;
  if (calls === 0) return { callLatency: 0, latency: 0, throughputMax: Infinity };
  const { firstToken, decode, union } = callTimes(groups);
  const throughputMax = sum(groups, ({ capacity, meanStretch }) => capacity / meanStretch) / calls;
  return { callLatency: firstToken + decode, latency: union * calls, throughputMax };
}

/** Latency of a workflow's executions. */
function workflowLatency(
  { statistics, executions }: WorkflowDemand,
  groups: readonly GroupState[],
  { tools, overlap, roles }: Corrections,
): Pick<WorkflowPrediction, "latencyMean" | "latencyQuantiles" | "toolSeconds"> {
  const toolSeconds = tools ? statistics.toolSeconds : 0;
  const times = statistics.llms.map((_, llm) => callTimes(groups.filter((g) => g.llm === llm)));
  if (!overlap) {
    const stages = sum(statistics.llms, ({ calls }, llm) => {
      return calls > 0 ? calls * times[llm]!.union : 0;
    });
    return { latencyMean: stages + toolSeconds, toolSeconds };
  }
  const stretches = statistics.llms.map((llm, index): CallStretch => {
    const { firstToken, decode } = times[index]!;
    if (!roles) {
      const all = llm.callDuration > 0 ? (firstToken + decode) / llm.callDuration : 1;
      return { firstToken: all, decode: all };
    }
    const decodeBefore = llm.callDuration - llm.firstToken;
    return {
      firstToken: llm.firstToken > 0 ? firstToken / llm.firstToken : 1,
      decode: decodeBefore > 0 ? decode / decodeBefore : 1,
    };
  });
  const latencies = Float64Array.from(executions, (execution) =>
    retimedLatency(execution, stretches, tools),
  ).sort();
  return {
    latencyMean: mean(latencies) ?? 0,
    latencyQuantiles: new Map(QUANTILES.map((p) => [p, quantileSorted([...latencies], p) ?? 0])),
    toolSeconds,
  };
}
