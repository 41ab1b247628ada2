/**
 * Instances put onto GPUs by best fit in two dimensions, share and memory, in the order in which
 * they come. A TP group goes into the fast domain with the least room that holds it; an instance on
 * one GPU onto the fullest that takes it. GPUs that fit alike are told apart by how much the
 * tenants would slow one another, then by the memory left, then by the room of their domain.
 */

import { sum } from "d3-array";
import {
  type GpuRoom,
  holds,
  type InstanceSize,
  SHARE_TOLERANCE,
} from "../deployment/fragmentation.ts";
import type { Cluster, Gpu } from "../hardware/cluster.ts";
import type { TenantLoad } from "../hardware/interference.ts";

/** Instances of one LLM that are alike. */
export interface InstanceKind extends InstanceSize {
  readonly llm: number;
  readonly replicas: number;
  /** Position among the kinds of a plan. */
  readonly index: number;
  /** Bytes of KV cache that it needs on each GPU. */
  readonly kvBytes: number;
  /** What it asks of its GPUs, where that is known. */
  readonly load?: TenantLoad | undefined;
}

/** A GPU while it is filled. */
export interface FilledGpu extends GpuRoom {
  isUsed: boolean;
  share: number;
  memory: number;
  readonly tenants: InstanceKind[];
}

/** GPUs by fast domain, and where the instances of each kind are, by its index. */
export interface Packing {
  readonly rooms: readonly FilledGpu[];
  readonly groups: (readonly Gpu[])[][];
}

/** Summed slowdown of the tenants of a GPU with one of this kind among them. */
export type Slowdown = (room: FilledGpu, kind: InstanceKind) => number;

/** Sums of slowdowns that are nearer count as equal. */
const SLOWDOWN_TOLERANCE = 1e-9;

/** Empty GPUs, of each of which engines may use the part `utilization` of the memory. */
export function emptyRooms({ gpus }: Cluster, utilization: number): FilledGpu[] {
  return gpus.map((gpu) => {
    return { gpu, isUsed: false, share: 1, memory: utilization * gpu.type.memory, tenants: [] };
  });
}

/** Adds an instance to its GPUs. */
export function occupy(group: readonly FilledGpu[], kind: InstanceKind): void {
  for (const room of group) {
    room.share -= kind.share;
    room.memory -= kind.memory;
    room.isUsed = true;
    room.tenants.push(kind);
  }
}

/** Places all instances of `kinds`, first kinds first; undefined where one finds no place. */
export function pack(
  rooms: readonly FilledGpu[],
  kinds: readonly InstanceKind[],
  slowdown: Slowdown,
): Packing | undefined {
  const domains = byDomain(rooms);
  const groups: (readonly Gpu[])[][] = kinds.map(() => []);
  for (const kind of kinds) {
    for (let replica = 0; replica < kind.replicas; replica++) {
      const group =
        kind.tp === 1 ? bestGpu(domains, kind, slowdown) : bestGroup(domains, kind, slowdown);
      if (group === undefined) return undefined;
      occupy(group.rooms, kind);
      group.domain.share -= kind.tp * kind.share;
      groups[kind.index]!.push(group.rooms.map(({ gpu }) => gpu));
    }
  }
  return { rooms, groups };
}

/** A fast domain while it is filled. */
interface Domain {
  readonly rooms: FilledGpu[];
  /** Free share of all its GPUs. */
  share: number;
}

/** GPUs for one instance. */
interface Group {
  readonly domain: Domain;
  readonly rooms: readonly FilledGpu[];
  /** Free share where it would go: the less, the better it fits. */
  readonly room: number;
}

function byDomain(rooms: readonly FilledGpu[]): Domain[] {
  const domains: Domain[] = [];
  for (const room of rooms) {
    domains[room.gpu.domain] ??= { rooms: [], share: 0 };
    const domain = domains[room.gpu.domain]!;
    domain.rooms.push(room);
    domain.share += room.share;
  }
  return domains;
}

/** The GPU that fits an instance best. */
function bestGpu(
  domains: readonly Domain[],
  kind: InstanceKind,
  slowdown: Slowdown,
): Group | undefined {
  let best: Group | undefined;
  for (const domain of domains) {
    if (domain.share < kind.share - SHARE_TOLERANCE || isAlike(domain, best?.domain)) continue;
    for (const room of domain.rooms) {
      if (best !== undefined && room.share > best.room + SHARE_TOLERANCE) continue;
      // Empty GPUs of a domain are alike.
      if (!room.isUsed && best?.domain === domain && !best.rooms[0]!.isUsed) continue;
      if (!holds(room, kind)) continue;
      const group = { domain, rooms: [room], room: room.share };
      if (best === undefined || fitsBetter(group, best, kind, slowdown)) best = group;
    }
  }
  return best;
}

/** The GPUs of one fast domain that fit an instance best. */
function bestGroup(
  domains: readonly Domain[],
  kind: InstanceKind,
  slowdown: Slowdown,
): Group | undefined {
  let best: Group | undefined;
  for (const domain of domains) {
    const needed = kind.tp * kind.share;
    if (domain.share < needed - SHARE_TOLERANCE || isAlike(domain, best?.domain)) continue;
    const holding = domain.rooms.filter((room) => holds(room, kind));
    if (holding.length < kind.tp) continue;
    holding.sort((a, b) => a.share - b.share || a.gpu.index - b.gpu.index);
    const group = {
      domain,
      rooms: holding.slice(0, kind.tp),
      room: sum(holding, ({ share }) => share),
    };
    if (best === undefined || fitsBetter(group, best, kind, slowdown)) best = group;
  }
  return best;
}

/** Whether both domains are empty and of one kind: the earlier one is as good. */
function isAlike(domain: Domain, earlier: Domain | undefined): boolean {
  if (earlier === undefined || earlier.rooms.length !== domain.rooms.length) return false;
  return (
    domain.share === domain.rooms.length &&
    earlier.share === domain.share &&
    earlier.rooms[0]!.gpu.type === domain.rooms[0]!.gpu.type
  );
}

function fitsBetter(a: Group, b: Group, kind: InstanceKind, slowdown: Slowdown): boolean {
  if (Math.abs(a.room - b.room) > SHARE_TOLERANCE) return a.room < b.room;
  if (kind.load !== undefined) {
    const suffering = (group: Group) => sum(group.rooms, (room) => slowdown(room, kind));
    const suffered = suffering(a) - suffering(b);
    if (Math.abs(suffered) > SLOWDOWN_TOLERANCE) return suffered < 0;
  }
  const memory = sum(a.rooms, (room) => room.memory) - sum(b.rooms, (room) => room.memory);
  return memory < 0 || (memory === 0 && a.domain.share < b.domain.share - SHARE_TOLERANCE);
}
