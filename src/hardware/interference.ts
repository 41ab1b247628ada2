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

/** What two tenants are to one another, whoever else there is; [mine][theirs]. */
interface Company {
  readonly gpu: GpuType;
  readonly active: readonly ActiveLoad[];
  /** Weight in DRAM bandwidth of theirs against mine. */
  readonly weights: readonly (readonly number[])[];
  /** What their computing counts against mine, by the size of their kernels. */
  readonly sizes: readonly (readonly number[])[];
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
  const { bandwidthWeight, kernelSize } = gpu.contention;
  const pairs = (value: (mine: ActiveLoad, theirs: ActiveLoad) => number) =>
    active.map((mine) => active.map((theirs) => value(mine, theirs)));
  const company: Company = {
    gpu,
    active,
    weights: pairs((mine, theirs) => (theirs.sms / mine.sms) ** bandwidthWeight),
    sizes: pairs((mine, theirs) => sizeRatio(theirs.demand, mine.demand) ** kernelSize),
  };
  // By subset, as a bit mask; smaller ones come first.
  const rounds: (readonly Round[])[] = [];
  for (let subset = 0; subset < 2 ** active.length; subset++) {
    rounds.push(roundsOfSubset(company, subset, rounds));
  }
  return rounds.at(-1)!;
}

/** Rounds by tenant; zeros for those that are not in the subset. */
function roundsOfSubset(
  company: Company,
  subset: number,
  known: readonly (readonly Round[])[],
): readonly Round[] {
  const { active } = company;
  const members = active.map((_, index) => index).filter((index) => (subset & (1 << index)) !== 0);
  const queues = active.map(() => 0);
  const clocks = active.map(() => 1);
  for (const mine of members) {
    queues[mine] = memoryTime(company, mine, known[subset & ~(1 << mine)]!);
    clocks[mine] = clockStretch(company, mine, members);
  }
  let lengths = active.map((_, index): number => (members.includes(index) ? 1 : 0));
  for (let step = 0; members.length > 1 && step < SUBSTITUTIONS; step++) {
    const next = [...lengths];
    for (const mine of members) {
      next[mine] = queues[mine]! + stretchedTime(company, mine, clocks[mine]!, members, lengths);
    }
    lengths = next;
  }
  return lengths.map((length, index) => ({ length, memory: queues[index]! }));
}

/** Time at the DRAM in a round of tenant `mine`, given the rounds of the others without it. */
function memoryTime(
  { gpu: { contention, sms }, active, weights }: Company,
  mine: number,
  others: readonly Round[],
): number {
  const { memory, bandwidth } = active[mine]!.demand;
  if (memory === 0) return 0;
  let customers = 1;
  others.forEach((round, other) => {
    if (round.length === 0) return;
    const { demand, duty, sms: theirSms } = active[other]!;
    const waiting = (weights[mine]![other]! * round.memory) / round.length;
    const computing = contention.computePresence * demand.compute * (theirSms / sms);
    customers += duty * (1 + contention.bandwidthLoss) * (waiting + computing);
  });
  // Alone it takes `memory`; where the bandwidth is shared, at least its part of the bytes' time.
  const bytes = Math.min(memory, bandwidth);
  const n = QUEUE_SHARPNESS;
  return (
    memory * ((memory ** n + (bytes * customers) ** n) / (memory ** n + bytes ** n)) ** (1 / n)
  );
}

/** Stretch of computing by the power that the members draw together: each SM clocks lower. */
function clockStretch({ gpu, active }: Company, mine: number, members: readonly number[]): number {
  const own = active[mine]!.sms;
  let computing = own;
  for (const other of members) {
    const { duty, sms, demand } = active[other]!;
    if (other !== mine) computing += duty * sms * demand.compute;
  }
  const { compute } = gpu.kernels.matrix;
  return rateOn(compute, own) / own / (rateOn(compute, computing) / computing);
}

/** Computing and latency in a round of tenant `mine` while others' rounds have these lengths. */
function stretchedTime(
  { gpu: { contention, sms }, active, weights, sizes }: Company,
  mine: number,
  clock: number,
  members: readonly number[],
  lengths: readonly number[],
): number {
  const { memory, compute } = active[mine]!.demand;
  let bandwidth = 0;
  let sized = 0;
  let queueing = 0;
  for (const other of members) {
    if (other === mine) continue;
    const { demand, duty, sms: theirSms } = active[other]!;
    const moving = (duty * Math.min(demand.bandwidth, demand.memory)) / lengths[other]!;
    const computing = (duty * demand.compute * (theirSms / sms)) / lengths[other]!;
    bandwidth += moving;
    sized += computing * sizes[mine]![other]!;
    queueing += weights[mine]![other]! * (moving + contention.cacheStretch * computing);
  }
  const byBandwidth = 1 + contention.computeStretch * bandwidth ** 2;
  const byCompute = 1 + contention.cacheStretch * sized;
  const latency = Math.max(0, 1 - memory - compute);
  const byBoth = 1 + contention.latencyStretch * queueing;
  return compute * clock * byBandwidth * byCompute + latency * byBoth;
}

function sizeRatio(theirs: Demand, mine: Demand): number {
  const ratio = theirs.tokens / mine.tokens;
  return Math.min(LARGEST_SIZE_RATIO, Math.max(1 / LARGEST_SIZE_RATIO, ratio));
}
