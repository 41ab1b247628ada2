/**
 * How the tenants of one GPU slow each other down. MPS limits the SMs of a tenant, not DRAM
 * bandwidth, caches or power; without MPS processes take turns. Each tenant is a customer that goes
 * round between waiting for DRAM, computing and neither (its `Demand`, alone on its SMs), and the
 * slowdown is the length of the round in company over that alone. MODEL.md has the equations and
 * how far they are from measurements.
 */

import type { GpuType } from "./gpu.ts";
import { rateOn } from "./share-rate.ts";

/** How the processes on a GPU share it. */
export const SHARING_MODES = ["mps", "time-slicing"] as const;

/** One of the ways. */
export type SharingMode = (typeof SHARING_MODES)[number];

/** What an iteration does on the GPU, alone on its tenant's SMs. */
export interface Demand {
  /** Parts of its time spent waiting for DRAM and computing; the rest is latency. */
  readonly memory: number;
  readonly compute: number;
  /** Part of its time that its bytes would take at the bandwidth of the whole GPU. */
  readonly bandwidth: number;
  /** Tokens it computes: the size of its kernels. */
  readonly tokens: number;
  /** GPU seconds of one layer, and of the iteration. */
  readonly layerTime: number;
  readonly iterationTime: number;
}

/** One tenant's load on a GPU. */
export interface TenantLoad {
  /** Undefined while it has nothing to do. */
  readonly demand: Demand | undefined;
  /** Fraction of the SMs that it may use, and their number. */
  readonly share: number;
  readonly sms: number;
  /** Part of an iteration spent on the GPU rather than the host. */
  readonly duty: number;
}

/** Slowdowns σ ≥ 1 of the tenants of a GPU; 1 for one that has nothing to do. */
export type SlowdownModel = (gpu: GpuType, loads: readonly TenantLoad[]) => readonly number[];

/** Tenants that do not feel one another: to see what interference costs. */
export const noSlowdown: SlowdownModel = (_, loads) => loads.map(() => 1);

/** The slowdowns under a way of sharing. */
export function slowdownUnder(mode: SharingMode = "mps"): SlowdownModel {
  return mode === "mps" ? spatialSlowdown : timeSlicedSlowdown;
}

/** A tenant that has something to do. */
interface ActiveLoad extends TenantLoad {
  readonly demand: Demand;
}

/**
 * MPS: as if everybody kept to its own SMs, and, as far as the shares of those that are active sum
 * to more than the GPU, as if kernels waited for one another's.
 */
const spatialSlowdown: SlowdownModel = (gpu, loads) => {
  return amongActive(loads, (active) => {
    const rounds = roundsInCompany(gpu, active);
    const overlap = shareOverlap(active);
    return active.map((_, mine) => {
      const limited = Math.max(1, rounds[mine]!.length);
      if (overlap === 0) return limited;
      return (1 - overlap) * limited + overlap * queuedKernels(gpu, active, mine);
    });
  });
};

/** How far active shares overlap: 0 when they fit the GPU, 1 when each is a whole one. */
function shareOverlap(active: readonly TenantLoad[]): number {
  const total = active.reduce((sum, { share }) => sum + share, 0);
  const largest = Math.max(...active.map(({ share }) => share));
  if (total <= 1 + 1e-9) return 0;
  return Math.min(1, (total - 1) / (total - largest));
}

/** Every kernel of tenant `mine` waits for a part of one of each neighbour's. */
function queuedKernels(
  { contention }: GpuType,
  active: readonly ActiveLoad[],
  mine: number,
): number {
  const { kernelWait, kernelWaitOfCompute, kernelWaitGrowth } = contention;
  const { compute, layerTime } = active[mine]!.demand;
  const part = kernelWait + kernelWaitOfCompute * compute;
  let slowdown = 1;
  active.forEach(({ demand, duty }, other) => {
    if (other === mine) return;
    slowdown += duty * part * (demand.layerTime / layerTime) ** (1 - kernelWaitGrowth);
  });
  return slowdown;
}

/**
 * Processes take turns: an iteration waits for a slice of every neighbour, and two switches, each
 * time that its own slice ends or it starts anew.
 */
const timeSlicedSlowdown: SlowdownModel = ({ contention }, loads) => {
  const { timeSlice, contextSwitch } = contention;
  return amongActive(loads, (active) =>
    active.map(({ demand: { iterationTime } }, mine) => {
      const turns = Math.ceil(iterationTime / timeSlice);
      let time = iterationTime;
      active.forEach(({ demand, duty }, other) => {
        if (other === mine) return;
        const slice = demand.iterationTime / Math.ceil(demand.iterationTime / timeSlice);
        time += turns * duty * (slice + 2 * contextSwitch);
      });
      return time / iterationTime;
    }),
  );
};

/** Applies a model to the loads that do something. */
function amongActive(
  loads: readonly TenantLoad[],
  slowdowns: (active: readonly ActiveLoad[]) => readonly number[],
): number[] {
  const active = loads.filter((load): load is ActiveLoad => load.demand !== undefined);
  if (active.length < 2) return loads.map(() => 1);
  const found = slowdowns(active);
  let next = 0;
  return loads.map(({ demand }) => (demand === undefined ? 1 : found[next++]!));
}

/** One tenant's round in company, in units of its length alone. */
interface Round {
  readonly length: number;
  readonly memory: number;
}

/** Rounds are found by repeated substitution. */
const SUBSTITUTIONS = 8;
/** Sharpness with which queueing at the DRAM takes over from a tenant's own limit. */
const QUEUE_SHARPNESS = 3;
/** Kernels of neighbours count as at most this much larger or smaller. */
const LARGEST_SIZE_RATIO = 4;

/**
 * Rounds of all tenants. As in mean value analysis of closed queues, a tenant that comes to the
 * DRAM finds the others as they would be without it, so the rounds of every subset are needed.
 */
function roundsInCompany(gpu: GpuType, active: readonly ActiveLoad[]): readonly Round[] {
  const known = new Map<number, readonly (Round | undefined)[]>();
  const roundsOf = (subset: number): readonly (Round | undefined)[] => {
    let rounds = known.get(subset);
    if (rounds === undefined) {
      rounds = roundsOfSubset(gpu, active, subset, roundsOf);
      known.set(subset, rounds);
    }
    return rounds;
  };
  return roundsOf(2 ** active.length - 1) as readonly Round[];
}

function roundsOfSubset(
  gpu: GpuType,
  active: readonly ActiveLoad[],
  subset: number,
  roundsOf: (subset: number) => readonly (Round | undefined)[],
): readonly (Round | undefined)[] {
  const isIn = (index: number) => (subset & (1 << index)) !== 0;
  if ((subset & (subset - 1)) === 0) {
    return active.map(({ demand }, index) =>
      isIn(index) ? { length: 1, memory: demand.memory } : undefined,
    );
  }
  const queues = active.map((mine, index) => {
    return isIn(index) ? memoryTime(gpu, active, mine, roundsOf(subset & ~(1 << index))) : 0;
  });
  let lengths = active.map((_, index) => (isIn(index) ? 1 : Number.POSITIVE_INFINITY));
  for (let step = 0; step < SUBSTITUTIONS; step++) {
    lengths = active.map((_, index) => {
      if (!isIn(index)) return Number.POSITIVE_INFINITY;
      return queues[index]! + stretchedTime(gpu, active, index, lengths);
    });
  }
  return active.map((_, index) =>
    isIn(index) ? { length: lengths[index]!, memory: queues[index]! } : undefined,
  );
}

/** Time at the DRAM in a round of `mine`, given the rounds of the others without it. */
function memoryTime(
  { contention, sms }: GpuType,
  active: readonly ActiveLoad[],
  mine: ActiveLoad,
  others: readonly (Round | undefined)[],
): number {
  const { memory } = mine.demand;
  if (memory === 0) return 0;
  let customers = 1;
  active.forEach((other, index) => {
    const round = others[index];
    if (round === undefined) return;
    const weight = (other.sms / mine.sms) ** contention.bandwidthWeight;
    const waiting = (weight * round.memory) / round.length;
    const computing = contention.computePresence * other.demand.compute * (other.sms / sms);
    customers += other.duty * (1 + contention.bandwidthLoss) * (waiting + computing);
  });
  // Alone it takes `memory`; where the bandwidth is shared, at least its part of the bytes' time.
  const bytes = Math.min(memory, mine.demand.bandwidth);
  const n = QUEUE_SHARPNESS;
  return (
    memory * ((memory ** n + (bytes * customers) ** n) / (memory ** n + bytes ** n)) ** (1 / n)
  );
}

/**
 * Computing and latency in a round of tenant `mine` while the others' rounds have these lengths;
 * infinite for those that are left out.
 */
function stretchedTime(
  { kernels, contention, sms }: GpuType,
  active: readonly ActiveLoad[],
  mine: number,
  lengths: readonly number[],
): number {
  const { memory, compute, tokens } = active[mine]!.demand;
  const ownSms = active[mine]!.sms;
  let bandwidth = 0;
  let sized = 0;
  let queueing = 0;
  let activeSms = ownSms;
  active.forEach(({ demand, duty, sms: theirSms }, other) => {
    const length = lengths[other]!;
    if (other === mine || length === Number.POSITIVE_INFINITY) return;
    const moving = (duty * Math.min(demand.bandwidth, demand.memory)) / length;
    const computing = (duty * demand.compute * (theirSms / sms)) / length;
    bandwidth += moving;
    sized += computing * sizeRatio(demand.tokens, tokens) ** contention.kernelSize;
    const weight = (theirSms / ownSms) ** contention.bandwidthWeight;
    queueing += weight * (moving + contention.cacheStretch * computing);
    activeSms += duty * theirSms * demand.compute;
  });
  const clock = perSm(kernels.matrix.compute, ownSms) / perSm(kernels.matrix.compute, activeSms);
  const byBandwidth = 1 + contention.computeStretch * bandwidth ** 2;
  const byCompute = 1 + contention.cacheStretch * sized;
  const latency = Math.max(0, 1 - memory - compute);
  const byBoth = 1 + contention.latencyStretch * queueing;
  return compute * clock * byBandwidth * byCompute + latency * byBoth;
}

/** Rate of each SM while so many compute: they share the GPU's power. */
function perSm(compute: GpuType["kernels"]["matrix"]["compute"], sms: number): number {
  return rateOn(compute, sms) / sms;
}

function sizeRatio(theirs: number, mine: number): number {
  return Math.min(LARGEST_SIZE_RATIO, Math.max(1 / LARGEST_SIZE_RATIO, theirs / mine));
}
