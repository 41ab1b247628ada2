/**
 * Where each GPU's lane lies, and within it each tenant's part, which is as high as its share.
 */

import type { RunDocument } from "../view-server/run-document.ts";

/** A tenant's part of a lane. */
export interface TenantLane {
  readonly replica: number;
  /** From the top of the lane, as parts of its height. */
  readonly top: number;
  readonly height: number;
}

/** A GPU's lane; positions in pixels from the top of all. */
export interface GpuLane {
  readonly gpu: number;
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

const LEAST_LANE = 9;
const MOST_LANE = 56;

/** Lanes that fill `available` pixels if they can, in order of the cluster's GPUs. */
export function layOutLanes(
  { gpus, replicas }: Pick<RunDocument, "gpus" | "replicas">,
  available: number,
): LaneLayout {
  const nodeNames = [...new Set(gpus.map(({ node }) => node))];
  const free = available - nodeNames.length * NODE_GAP - gpus.length * LANE_GAP;
  const height = Math.min(MOST_LANE, Math.max(LEAST_LANE, Math.floor(free / gpus.length)));
  const tenants = tenantsByGpu(replicas, gpus.length);
  const lanes: GpuLane[] = [];
  const nodes: { name: string; y: number; height: number }[] = [];
  let y = 0;
  for (const name of nodeNames) {
    const top = y;
    gpus.forEach(({ node }, gpu) => {
      if (node !== name) return;
      lanes.push({ gpu, y, height, tenants: tenants[gpu]! });
      y += height + LANE_GAP;
    });
    nodes.push({ name, y: top, height: y - top - LANE_GAP });
    y += NODE_GAP;
  }
  return { lanes, nodes, height: Math.max(0, y - NODE_GAP) };
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
