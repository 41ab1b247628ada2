/**
 * F11: what the links of a TP group are worth: latency of a workflow of one LLM over the bandwidth
 * and the start-up time of its all-reduces, within a fast domain, across domains and across nodes.
 */

import { loadCluster } from "../../config/load-cluster.ts";
import { loadWorkflow } from "../../config/load-workflow.ts";
import { type Cluster, createCluster, type LinkLevel } from "../../hardware/cluster.ts";
import { allReduceCost } from "../../llm/all-reduce.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { GB, us } from "../../units.ts";
import { type ComputeFigure, llmsOf } from "./figure.ts";
import { describeRuns, latencyOver } from "./replicated-trials.ts";

const WORKLOAD = "react-tools";
const RATE = 0.25;

/** Links are as in this cluster, but for what is varied. */
const USUAL = "2x8xH100";

const GROUPS: readonly TpGroup[] = [
  { name: "one GPU", tp: 1, level: "domain" },
  { name: "TP 2, NVLink", tp: 2, level: "domain" },
  { name: "TP 4, NVLink", tp: 4, level: "domain" },
  { name: "TP 8, NVLink", tp: 8, level: "domain" },
  { name: "TP 4, 2 domains", tp: 4, level: "node" },
  { name: "TP 4, 2 nodes", tp: 4, level: "network" },
];

/** GB/s, and microseconds. */
const BANDWIDTHS = [10, 20, 40, 80, 160, 320, 640];
const START_UPS = [2, 6, 20, 60, 200];
const QUICK_BANDWIDTHS = [10, 40, 320];
const QUICK_START_UPS = [2, 200];

/** A TP group and the slowest links that it spans. */
export interface TpGroup {
  readonly name: string;
  readonly tp: number;
  readonly level: LinkLevel;
}

/** What an all-reduce takes: startUp + 2(n − 1)/n · bytes / bandwidth. */
export interface LinkSpeed {
  /** Seconds. */
  readonly startUp: number;
  /** Bytes per second. */
  readonly bandwidth: number;
}

/** Computes F11. */
export const computeInterconnect: ComputeFigure = async (context) => {
  const workflow = loadWorkflow(WORKLOAD);
  const [llm] = llmsOf(workflow);
  const executions = context.pick(1500, 400);
  const bandwidths = context.pick(BANDWIDTHS, QUICK_BANDWIDTHS);
  const startUps = context.pick(START_UPS, QUICK_START_UPS);
  const points = GROUPS.flatMap((group) => {
    const usual = usualSpeed(group);
    const asBundled = group.tp > 1 ? [{ over: "as bundled", ...usual }] : [];
    return [
      ...bandwidths.map((value) => ({ over: "bandwidth", ...usual, bandwidth: value * GB })),
      ...startUps.map((value) => ({ over: "start-up", ...usual, startUp: value * us })),
      ...asBundled,
    ].map((speed) => ({ group, ...speed }));
  });
  const rows = await Promise.all(
    points.map(async ({ group, over, ...speed }): Promise<FigureRow> => {
      const cluster = clusterOf(group, speed);
      const llms = [{ ...llm!, instances: [{ gpus: cluster.gpus, share: 1 }] }];
      const trial = { workflow, deployment: { cluster, llms }, rate: RATE, executions };
      const { isStable, ...latency } = await latencyOver(context, trial);
      const place = { over, group: group.name, ...columnsOf(speed) };
      return {
        ...place,
        ...(isStable ? latency : { latency_seconds: null, low: null, high: null }),
      };
    }),
  );
  return {
    title: "F11  Latency over the speed of links within a TP group",
    caption:
      `Simulated: ${WORKLOAD} (assumed), ${llm!.model.name} on one replica of 1 to 8 H100 SXM, ` +
      `engine vllm-0.19, ${RATE} executions per second, Poisson arrivals; ` +
      `${describeRuns(context, `${executions} executions`)}. An all-reduce of n GPUs takes ` +
      "start-up + 2(n − 1)/n · bytes / bandwidth; one of the two is varied, the other is as " +
      "bundled (open circles: both): measured within NVLink, PCIe 5.0 between domains of a " +
      "node, 400 Gb/s InfiniBand between nodes. Every group has its links to itself: transfers " +
      "that share a link are not modelled.",
    rows,
  };
};

/** The speed of a group's links as bundled. */
function usualSpeed({ tp, level }: TpGroup): LinkSpeed {
  const cluster = loadCluster(USUAL);
  const { latency, perByte } = allReduceCost(cluster.gpus[0]!.type, cluster, { tp, level });
  if (tp === 1) return { startUp: latency, bandwidth: Number.POSITIVE_INFINITY };
  return { startUp: latency, bandwidth: (2 * (tp - 1)) / tp / perByte };
}

/** The GPUs of a group, in equal parts over two of what it spans, with links of this speed. */
export function clusterOf({ tp, level }: TpGroup, { startUp, bandwidth }: LinkSpeed): Cluster {
  const usual = loadCluster(USUAL);
  const { type } = usual.gpus[0]!;
  const part = level === "domain" ? tp : tp / 2;
  const perByte = (2 * (tp - 1)) / tp / bandwidth;
  const gpuType = { ...type, allReduce: new Map([[tp, { latency: startUp, perByte }]]) };
  const gpuCount = level === "network" ? part : tp;
  const nodes = Array.from({ length: tp / gpuCount }, (_, node) => {
    return { id: `node${node}`, gpuType, gpuCount, domainSize: part };
  });
  if (level === "domain") return createCluster(USUAL, nodes, usual);
  const link = { latency: startUp / (2 * Math.log2(tp)), bandwidth };
  return createCluster(USUAL, nodes, { ...usual, nodeLink: link, networkLink: link });
}

function columnsOf({ startUp, bandwidth }: LinkSpeed) {
  return { start_up_seconds: startUp, bandwidth_bytes_per_second: bandwidth };
}
