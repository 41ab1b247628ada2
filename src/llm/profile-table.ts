/**
 * How an LLM serves its calls alone, as a table, simulated or measured: for each size of its
 * replicas (TP degree, share of their GPUs, number of replicas) the calls per second at which they
 * saturate, and at rates below that the mean times of a call and what the replicas ask of their
 * GPUs. Between tabulated rates and numbers of replicas values are interpolated, at equal parts of
 * saturation; times between rates as their reciprocals, which fall in a line where a server shares
 * itself among its calls (M/G/1-PS). Left out: less KV memory than a replica has alone.
 */

import type { Demand } from "../hardware/interference.ts";

/** Rates beyond this part of saturation are not used: there a queue never settles. */
export const HIGHEST_LOAD = 0.95;

/** Slack for loads that were made into rates and back. */
const LOAD_TOLERANCE = 1e-12;

/** Slack for shares that are sums of decimal fractions. */
const SHARE_TOLERANCE = 1e-9;

/** Iterations of one kind, prefill among them or decodes only. */
export interface PhaseUse {
  /** Part of a replica's time that they take. */
  readonly busy: number;
  /** Part of that on the GPU rather than the host. */
  readonly duty: number;
  /** Part of that in which there is work: below one where launching kernels is what takes time. */
  readonly work: number;
  /** What they ask of the GPU meanwhile. */
  readonly demand: Demand;
}

/** What a replica asks of its GPUs, by kind of iteration. */
export interface GpuUse {
  readonly prefill: PhaseUse;
  readonly decode: PhaseUse;
}

/** What replicas show at one rate; mean times in seconds. */
export interface ProfilePoint {
  /** Calls per second that come to all replicas together. */
  readonly callRate: number;
  /** From submission to the first token, and from there to the end. */
  readonly firstToken: number;
  readonly decode: number;
  /** Time in which an execution has calls under way, per call. */
  readonly union: number;
  /** Of one replica; undefined at all points of an LLM where it was not measured. */
  readonly use?: GpuUse | undefined;
}

/**
 * Mean call latencies, by point, where calls come otherwise than in closed loops; NaN where that
 * was not measured.
 */
export interface OpenLoopLatencies {
  /** An execution's calls keep the offsets that were recorded. */
  readonly recorded: readonly number[];
  /** Calls are independent. */
  readonly poisson: readonly number[];
}

/** Size of one replica. */
export interface ReplicaSize {
  /** Name of the GPU type. */
  readonly gpu: string;
  readonly tp: number;
  readonly share: number;
}

/** Replicas that are alike. */
export interface ReplicaGroup extends ReplicaSize {
  readonly replicas: number;
}

/** A number of replicas of one size. */
export interface SizeProfile extends ReplicaGroup {
  /** Calls per second at saturation of all replicas together. */
  readonly maxCallRate: number;
  /** Tokens of KV cache that a replica had. */
  readonly kvTokens: number;
  /** By increasing load; near saturation the call rate, which is measured, may fall again. */
  readonly points: readonly ProfilePoint[];
  /** Of one replica on whole GPUs. */
  readonly openLoop?: OpenLoopLatencies | undefined;
}

/** The profile of an LLM; sizes in any order. */
export interface LlmProfile {
  readonly sizes: readonly SizeProfile[];
}

/** How an execution's calls reach the replicas. */
export type ReplayMode = "closed" | keyof OpenLoopLatencies;

/** Calls per second that replicas sustain together; 0 if their size was not profiled. */
export function maxCallRate(profile: LlmProfile, group: ReplicaGroup): number {
  return group.replicas * perReplica(profile, group, (size) => size.maxCallRate / size.replicas);
}

/** What replicas show at a rate; undefined past the highest load, or where not profiled. */
export function profileAt(
  profile: LlmProfile,
  group: ReplicaGroup,
  callRate: number,
): ProfilePoint | undefined {
  const load = callRate / maxCallRate(profile, group);
  if (!(load <= HIGHEST_LOAD + LOAD_TOLERANCE)) return undefined;
  const at = (value: (point: ProfilePoint) => number, interpolate = linear) =>
    perReplica(profile, group, (size) => atLoad(size, load, pointFigure(size, value), interpolate));
  const useAt = (phase: keyof GpuUse): PhaseUse => {
    const useOf = (value: (use: PhaseUse) => number) => at(({ use }) => value(use![phase]));
    const demandAt = (key: keyof Demand, interpolate = linear) =>
      at(({ use }) => use![phase].demand[key], interpolate);
    return {
      busy: Math.min(
        1,
        useOf(({ busy }) => busy),
      ),
      duty: useOf(({ duty }) => duty),
      work: useOf(({ work }) => work),
      demand: {
        memory: demandAt("memory"),
        compute: demandAt("compute"),
        bandwidth: demandAt("bandwidth"),
        tokens: demandAt("tokens"),
        layerTime: demandAt("layerTime", harmonic),
        iterationTime: demandAt("iterationTime", harmonic),
      },
    };
  };
  const isUseKnown = profile.sizes[0]?.points[0]?.use !== undefined;
  return {
    callRate,
    firstToken: at(({ firstToken }) => firstToken, harmonic),
    decode: at(({ decode }) => decode, harmonic),
    union: at(({ union }) => union, harmonic),
    ...(isUseKnown ? { use: { prefill: useAt("prefill"), decode: useAt("decode") } } : {}),
  };
}

/**
 * Whether figures of a size follow from the table: between shares that were profiled, not beyond.
 * Whole GPUs were profiled with any number of replicas, parts of them with one.
 */
export function isProfiled(
  { sizes }: { readonly sizes: readonly ReplicaGroup[] },
  { gpu, tp, share }: ReplicaSize,
): boolean {
  const isWhole = share >= 1 - SHARE_TOLERANCE;
  const like = sizes.filter((size) => {
    const counts = isWhole ? size.share === 1 : size.replicas === 1;
    return counts && size.gpu === gpu && size.tp === tp;
  });
  return (
    like.some((size) => size.share <= share + SHARE_TOLERANCE) &&
    like.some((size) => size.share >= share - SHARE_TOLERANCE)
  );
}

/** Tokens of KV cache that a replica of this size had when it was profiled. */
export function kvTokensProfiled(profile: LlmProfile, size: ReplicaSize): number {
  return perReplica(profile, { ...size, replicas: 1 }, ({ kvTokens }) => kvTokens);
}

/** Mean call latency on one replica at `callRate`; Infinity past the highest load. */
export function callLatency(
  profile: LlmProfile,
  size: ReplicaSize,
  callRate: number,
  mode: ReplayMode = "closed",
): number {
  const one = { ...size, replicas: 1 };
  const load = callRate / maxCallRate(profile, one);
  if (!(load <= HIGHEST_LOAD)) return Infinity;
  const closedAt = (group: ReplicaGroup) =>
    perReplica(profile, group, (found) => {
      const timeOf = (value: (point: ProfilePoint) => number) =>
        atLoad(found, load, pointFigure(found, value), harmonic);
      return timeOf(({ firstToken }) => firstToken) + timeOf(({ decode }) => decode);
    });
  const closed = closedAt(one);
  if (mode === "closed") return closed;
  // Parts of GPUs were replayed in closed loops only.
  const whole = { ...one, share: 1 };
  const open = perReplica(profile, whole, (found) =>
    atLoad(found, load, (index) => found.openLoop?.[mode][index] ?? Number.NaN, harmonic),
  );
  return open > 0 ? (closed * open) / closedAt(whole) : closed;
}

/**
 * A figure of one among `group.replicas` replicas: between profiled shares, or numbers of replicas,
 * geometric in their logarithm. Parts of GPUs were profiled with one replica only: more change the
 * figure as they do on whole GPUs, if these were profiled. 0 for a size that was not.
 */
function perReplica(profile: LlmProfile, group: ReplicaGroup, figure: Figure): number {
  if (group.share >= 1 - SHARE_TOLERANCE) {
    return between(profile, group, figure, ({ share, replicas }) =>
      share === 1 ? replicas : Number.NaN,
    );
  }
  const one = { ...group, replicas: 1 };
  const alone = between(profile, one, figure, ({ share, replicas }) =>
    replicas === 1 ? share : Number.NaN,
  );
  if (group.replicas === 1) return alone;
  const whole = { ...one, share: 1 };
  const ofOne = perReplica(profile, whole, figure);
  return ofOne > 0 ? (alone * perReplica(profile, { ...group, share: 1 }, figure)) / ofOne : alone;
}

type Figure = (size: SizeProfile) => number;

/**
 * A figure at a size of the same GPU type and TP degree, between the two profiled ones that are
 * nearest in one of their properties; `property` is NaN for sizes that do not count.
 */
function between(
  profile: LlmProfile,
  group: ReplicaGroup,
  figure: Figure,
  property: (size: ReplicaGroup) => number,
): number {
  const wanted = property(group);
  let below: SizeProfile | undefined;
  let above: SizeProfile | undefined;
  for (const size of profile.sizes) {
    const value = property(size);
    if (Number.isNaN(value) || size.tp !== group.tp || size.gpu !== group.gpu) continue;
    if (Math.abs(value - wanted) < SHARE_TOLERANCE) return figure(size);
    if (value < wanted && !(below !== undefined && property(below) > value)) below = size;
    if (value > wanted && !(above !== undefined && property(above) < value)) above = size;
  }
  if (below === undefined || above === undefined) {
    const only = below ?? above;
    return only === undefined ? 0 : figure(only);
  }
  const low = property(below);
  const part = Math.log(wanted / low) / Math.log(property(above) / low);
  return geometric(figure(below), figure(above), part);
}

const pointFigure = (size: SizeProfile, value: (point: ProfilePoint) => number) => {
  return (index: number) => value(size.points[index]!);
};

/** A figure `part` of the way between two others. */
type Interpolation = (from: number, to: number, part: number) => number;

const linear: Interpolation = (from, to, part) => from + part * (to - from);

/** Of times, as their reciprocals; linear where one is 0. */
const harmonic: Interpolation = (from, to, part) =>
  from > 0 && to > 0 ? (from * to) / linear(to, from, part) : linear(from, to, part);

/** Of sizes; linear where one is 0. */
const geometric: Interpolation = (from, to, part) =>
  from > 0 && to > 0 ? from * (to / from) ** part : linear(from, to, part);

/** A figure of a size's points, between them by the rate and flat below the first. */
function atLoad(
  size: SizeProfile,
  load: number,
  figure: (index: number) => number,
  interpolate: Interpolation,
): number {
  const { points } = size;
  const rate = load * size.maxCallRate;
  if (rate <= points[0]!.callRate) return figure(0);
  for (let upper = 1; upper < points.length; upper++) {
    const { callRate } = points[upper]!;
    if (rate > callRate) continue;
    const before = points[upper - 1]!.callRate;
    return interpolate(figure(upper - 1), figure(upper), (rate - before) / (callRate - before));
  }
  return figure(points.length - 1);
}
