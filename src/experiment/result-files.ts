/**
 * The files of a results directory, from a finished run. All but the manifest are the same bytes
 * for the same seed and inputs.
 */

import type { Cluster } from "../hardware/cluster.ts";
import { formatManifest, MANIFEST_FILE, type Manifest } from "../records/manifest.ts";
import { PredictionsTable } from "../records/predictions-table.ts";
import type { RunReport } from "./run.ts";
import type { RunSummary } from "./summary.ts";

/** The files by name; `planText` is the plan as YAML, undefined for an infeasible one. */
export async function resultFiles(
  report: RunReport,
  cluster: Cluster,
  parts: { readonly manifest: Manifest; readonly planText: string | undefined },
): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>();
  files.set("summary.json", formatJson(reproduciblePart(report.summary)));
  files.set("cluster.json", formatJson(describeCluster(cluster)));
  if (parts.planText !== undefined) files.set("plan.yaml", parts.planText);
  if (report.evaluation !== undefined) {
    for (const [name, table] of Object.entries(report.evaluation.tables)) {
      files.set(`${name}.arrow`, await table.toArrow());
    }
    files.set("predictions.arrow", await predictionsTable(report).toArrow());
  }
  files.set(MANIFEST_FILE, formatManifest(parts.manifest));
  return files;
}

/** The summary without what differs from run to run, or between stepwise and coalesced runs. */
function reproduciblePart(summary: RunSummary): object {
  const { results: _, wall_seconds: __, plan, simulated, ...rest } = summary;
  const { search_seconds: ___, ...planPart } = plan;
  if (simulated === null) return { ...rest, plan: planPart, simulated };
  const { events: ____, ...simulatedPart } = simulated;
  return { ...rest, plan: planPart, simulated: simulatedPart };
}

function predictionsTable({ planned, summary }: RunReport): PredictionsTable {
  const table = new PredictionsTable();
  const { prediction, statistics } = planned;
  Object.keys(summary.plan.llms).forEach((llm, index) => {
    const { calls, parallelism } = statistics!.llms[index]!;
    const { callLatency, callRate } = prediction!.stages[index]!;
    table.append({
      predictor: summary.predictor,
      llm,
      n: calls,
      p: parallelism,
      rate: callRate,
      latency: Number.isFinite(callLatency) ? callLatency : null,
    });
  });
  return table;
}

/** Nodes, domains, GPUs and links with their units. */
function describeCluster(cluster: Cluster): object {
  const link = ({ latency, bandwidth }: Cluster["nodeLink"]) => ({
    latency_seconds: latency,
    bandwidth_bytes_per_second: bandwidth,
  });
  return {
    name: cluster.name,
    nodes: cluster.nodes.map(({ id }) => id),
    gpus: cluster.gpus.map(({ id, node, domain, type }) => ({
      id,
      node: cluster.nodes[node]!.id,
      domain,
      type: type.name,
      memory_bytes: type.memory,
    })),
    links: {
      node: link(cluster.nodeLink),
      network: link(cluster.networkLink),
      frontend: link(cluster.frontendLink),
    },
  };
}

function formatJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
