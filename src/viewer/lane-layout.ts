/**
 * Where each GPU's lane lies, and within it each tenant's part, which is as high as its share.
 * Where there is no room for all, neighbours with the same tenants, which look the same, share one.
 */

import type { RunDocument } from "../view-server/run-document.ts";

/** A tenant's part of a lane. */
export interface TenantLane {
  readonly replica: number;
  /** From the top of the lane, as parts of its height. */
  readonly top: number;
  readonly height: number;
}

/** A lane; positions in pixels from the top of all. */
export interface GpuLane {
  readonly gpu: number;
  /** The last of the GPUs whose lane it is; mostly the same. */
  readonly lastGpu: number;
  readonly y: number;
  readonly height: number;
  readonly tenants: readonly TenantLane[];
}

/** The lanes of a run. */
export interface LaneLayout {
  readonly lanes: readonly GpuLane[];
  readonly nodes: readonly { readonly name: string; readonly y: number; readonly height: number }[];
  readonly height: number;
}

/** Between lanes, and more between nodes. */
const LANE_GAP = 1;
const NODE_GAP = 5;

const LEAST_LANE = 11;
const MOST_LANE = 96;

/** Lanes that fill `available` pixels if they can, in order of the cluster's GPUs. */
export function layOutLanes(
  { gpus, replicas }: Pick<RunDocument, "gpus" | "replicas">,
  available: number,
): LaneLayout {
  const nodeNames = [...new Set(gpus.map(({ node }) => node))];
  const free = available - nodeNames.length * NODE_GAP;
  const tenants = tenantsByGpu(replicas, gpus.length);
  const single = gpus.map((_, gpu) => [gpu] as const);
  const groups = free < gpus.length * (LEAST_LANE + LANE_GAP) ? alikeGpus(gpus, tenants) : single;
  const fitting = Math.floor(free / groups.length) - LANE_GAP;
  const height = Math.min(MOST_LANE, Math.max(LEAST_LANE, fitting));
  const lanes: GpuLane[] = [];
  const nodes: { name: string; y: number; height: number }[] = [];
  let y = 0;
  for (const name of nodeNames) {
    const top = y;
    for (const group of groups) {
      const gpu = group[0]!;
      if (gpus[gpu]!.node !== name) continue;
      lanes.push({ gpu, lastGpu: group.at(-1)!, y, height, tenants: tenants[gpu]! });
      y += height + LANE_GAP;
    }
    nodes.push({ name, y: top, height: y - top - LANE_GAP });
    y += NODE_GAP;
  }
  return { lanes, nodes, height: Math.max(0, y - NODE_GAP) };
}

/** GPUs that follow one another in a node and have the same tenants. */
function alikeGpus(
  gpus: RunDocument["gpus"],
  tenants: readonly (readonly TenantLane[])[],
): number[][] {
  const keys = gpus.map(({ node }, gpu) =>
    JSON.stringify([node, ...tenants[gpu]!.map(({ replica }) => replica)]),
  );
  const groups: number[][] = [];
  keys.forEach((key, gpu) => {
    if (gpu > 0 && key === keys[gpu - 1]) groups.at(-1)!.push(gpu);
    else groups.push([gpu]);
  });
  return groups;
}

/** Shares over one, of replicas that take turns or follow one another, are drawn smaller. */
function tenantsByGpu(replicas: RunDocument["replicas"], gpuCount: number): TenantLane[][] {
  return Array.from({ length: gpuCount }, (_, gpu) => {
    const own = replicas.flatMap(({ gpus, share }, replica) =>
      gpus.includes(gpu) ? [{ replica, share }] : [],
    );
    const total = own.reduce((sum, { share }) => sum + share, 0);
    const scale = 1 / Math.max(1, total);
    let top = 0;
    return own.map(({ replica, share }) => {
      const tenant = { replica, top, height: share * scale };
      top += tenant.height;
      return tenant;
    });
  });
}

/** The lane at a height, and the tenant there; undefined between lanes. */
export function laneAt(
  { lanes }: LaneLayout,
  y: number,
): { lane: GpuLane; tenant: TenantLane | undefined } | undefined {
  const lane = lanes.find((candidate) => y >= candidate.y && y < candidate.y + candidate.height);
  if (lane === undefined) return undefined;
  const part = (y - lane.y) / lane.height;
  const tenant = lane.tenants.find(({ top, height }) => part >= top && part < top + height);
  return { lane, tenant };
}
