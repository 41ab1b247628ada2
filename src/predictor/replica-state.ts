/**
 * The replicas of a deployment as alp+ sees them: those of one size of one LLM are alike, get the
 * part of its calls that they sustain, and share one state.
 */

import { sum } from "d3-array";
import { kvBytesByReplica } from "../deployment/memory.ts";
import type { DeployedLlm, Deployment, Instance } from "../deployment/plan.ts";
import { replicaGroups } from "../deployment/replica-groups.ts";
import { type Cluster, spannedLevel } from "../hardware/cluster.ts";
import { createIterationTime } from "../llm/iteration-time.ts";
import { kvBytesPerToken } from "../llm/model.ts";
import {
  kvTokensProfiled,
  maxCallRate,
  type ProfilePoint,
  type ReplicaGroup,
} from "../llm/profile-table.ts";
import type { PredictionProblem } from "./prediction.ts";
import { type Stretch, UNDISTURBED } from "./shared-gpus.ts";

/** Replicas of one size of one LLM, at one rate. */
export interface GroupState {
  /** As it was profiled. */
  readonly group: ReplicaGroup;
  readonly llm: number;
  /** Indices of its replicas. */
  readonly replicas: readonly number[];
  /** Part of the LLM's calls that it gets. */
  readonly part: number;
  /** Calls per second at saturation, undisturbed. */
  readonly capacity: number;
  /** Tokens of KV cache of a replica as planned, and as profiled. */
  readonly kvTokens: number;
  readonly kvTokensProfiled: number;
  /** GPU seconds to compute a token of a prompt. */
  readonly tokenTime: number;
  /** What the profile says at the load; undefined without calls. */
  point: ProfilePoint | undefined;
  stretch: Stretch;
  /** Of time as a whole. */
  meanStretch: number;
  /** Tokens per call that are computed again for lack of memory. */
  missedTokens: number;
  /** Part of saturation at which it works, in stretched time and with what memory costs. */
  load: number;
  /** The same with the contexts that a crowd of executions evicts. */
  crowdedLoad: number;
  /** Variance of the number of calls under way, over its mean. */
  crowding: number;
}

/** Mean times of an LLM's calls, in seconds. */
export interface CallTimes {
  readonly firstToken: number;
  readonly decode: number;
  /** Time in which an execution has calls under way, per call. */
  readonly union: number;
}

/** The replicas of a deployment by LLM and size; profiled all together, or each with its part. */
export function groupStates(
  { profiles }: PredictionProblem,
  deployment: Deployment,
  isTogether: boolean,
): GroupState[] {
  const kvBytes = kvBytesByReplica(deployment);
  return replicaGroups(deployment).flatMap((groups, llm) => {
    const { model, engine } = deployment.llms[llm]!;
    const profile = profiles[llm]!;
    const profiled = (group: ReplicaGroup) => (isTogether ? group : { ...group, replicas: 1 });
    const capacityOf = (group: ReplicaGroup) =>
      maxCallRate(profile, profiled(group)) * (isTogether ? 1 : group.replicas);
    const total = sum(groups, capacityOf);
    return groups.map(({ indices, instance, ...group }): GroupState => {
      const capacity = capacityOf(group);
      const bytes = Math.min(...indices.map((index) => kvBytes[index]!));
      return {
        group: profiled(group),
        llm,
        replicas: indices,
        part: total > 0 ? capacity / total : 0,
        capacity,
        kvTokens: bytes / kvBytesPerToken(model, group.tp),
        kvTokensProfiled: kvTokensProfiled(profile, group),
        tokenTime: promptTokenTime(deployment.cluster, { model, engine, ...instance }),
        ...AT_REST,
      };
    });
  });
}

/** What a state begins with. */
export const AT_REST = {
  point: undefined,
  stretch: UNDISTURBED,
  meanStretch: 1,
  missedTokens: 0,
  load: 0,
  crowdedLoad: 0,
  crowding: 1,
} as const;

/** What becomes of the calls that go to `groups`, as if none was saturated. */
export function callTimes(groups: readonly GroupState[]): CallTimes {
  const of = (time: (point: ProfilePoint, state: GroupState) => number) =>
    sum(groups, (state) => (state.point === undefined ? 0 : state.part * time(state.point, state)));
  return {
    firstToken: of(
      ({ firstToken }, { stretch, missedTokens, tokenTime }) =>
        stretch.prefill * (firstToken + missedTokens * tokenTime),
    ),
    decode: of(({ decode }, { stretch }) => stretch.decode * decode),
    union: of(({ union }, { meanStretch }) => meanStretch * union),
  };
}

/** Tokens of the chunk by which the time of a prompt's token is taken. */
const CHUNK_TOKENS = 2048;

/** GPU seconds of a token of a long prompt. */
function promptTokenTime(
  cluster: Cluster,
  { model, engine, gpus, share }: Pick<DeployedLlm, "model" | "engine"> & Instance,
): number {
  const level = spannedLevel(gpus);
  const hardware = { gpu: gpus[0]!.type, cluster, tp: gpus.length, share, level };
  const time = createIterationTime(model, engine, hardware);
  return time.mixed([{ tokens: CHUNK_TOKENS, context: CHUNK_TOKENS }], 0, 0) / CHUNK_TOKENS;
}
