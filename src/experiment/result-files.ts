/**
 * The files of a results directory, from a finished run. All but the manifest are the same bytes
 * for the same seed and inputs.
 */

import { sum } from "d3-array";
import { toSeconds } from "../engine/ticks.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { LlmStatistics } from "../predictor/trace-statistics.ts";
import { formatManifest, MANIFEST_FILE, type Manifest } from "../records/manifest.ts";
import { PredictionsTable } from "../records/predictions-table.ts";
import type { FileContent } from "../records/results-directory.ts";
import type { Evaluation } from "./evaluation.ts";
import type { PlannedWorkflow } from "./planning.ts";
import type { RunReport } from "./run.ts";
import type { RunDocument } from "./summary.ts";

/** What a run leaves. */
export interface FinishedRun {
  readonly summary: RunDocument;
  /** Undefined for an infeasible plan. */
  readonly evaluation: Evaluation | undefined;
  /** Undefined where nothing is predicted. */
  readonly predictions: PredictionsTable | undefined;
}

/** The files by name; `planText` is the plan as YAML, undefined for an infeasible one. */
export async function resultFiles(
  { summary, evaluation, predictions }: FinishedRun,
  cluster: Cluster,
  parts: { readonly manifest: Manifest; readonly planText: string | undefined },
): Promise<Map<string, FileContent>> {
  const files = new Map<string, FileContent>();
  files.set("summary.json", formatJson(reproduciblePart(summary)));
  files.set("cluster.json", formatJson(describeCluster(cluster)));
  if (parts.planText !== undefined) files.set("plan.yaml", parts.planText);
  for (const [name, table] of Object.entries({ ...evaluation?.tables, predictions })) {
    if (table !== undefined) files.set(`${name}.arrow`, await table.toArrow());
  }
  if (evaluation !== undefined) {
    const llms = Object.keys(summary.plan.llms);
    files.set("replicas.json", formatJson(describeReplicas(evaluation, llms)));
  }
  files.set(MANIFEST_FILE, formatManifest(parts.manifest));
  return files;
}

/** The summary without what differs from run to run, or between stepwise and coalesced runs. */
export function reproduciblePart(summary: RunDocument): object {
  const { results: _, wall_seconds: __, plan, simulated, ...rest } = summary;
  const { search_seconds: ___, ...planPart } = plan;
  if (simulated === null) return { ...rest, plan: planPart, simulated };
  const { events: ____, ...simulatedPart } = simulated;
  return { ...rest, plan: planPart, simulated: simulatedPart };
}

/** What every predictor said of each LLM; undefined for an infeasible plan. */
export function predictionsTable({ planned, summary }: RunReport): PredictionsTable | undefined {
  const { prediction, alp, workflows, rate } = planned;
  if (prediction === undefined || alp === undefined) return undefined;
  const table = new PredictionsTable();
  for (const [predictor, { stages }] of [["alp", alp] as const, ["alp+", prediction] as const]) {
    Object.keys(summary.plan.llms).forEach((llm, index) => {
      const { calls, parallelism } = combinedCalls(workflows, index);
      const { callLatency } = stages[index]!;
      table.append({
        predictor,
        llm,
        n: calls,
        p: parallelism,
        rate: (rate ?? 0) * calls,
        latency: Number.isFinite(callLatency) ? callLatency : null,
      });
    });
  }
  return table;
}

/** n_m and p_m of an LLM over the executions of all workflows. */
function combinedCalls(workflows: readonly PlannedWorkflow[], llm: number) {
  const rate = sum(workflows, ({ demand }) => demand.rate);
  const over = (value: (own: LlmStatistics) => number) =>
    sum(workflows, ({ demand }) => {
      return (demand.rate / rate) * value(demand.statistics.llms[llm]!);
    });
  const duration = over((own) => own.calls * own.callDuration);
  const union = over((own) => (own.calls * own.callDuration) / own.parallelism);
  return { calls: over((own) => own.calls), parallelism: union > 0 ? duration / union : 1 };
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

/** Every replica that there ever was, by the number that tables give it. */
function describeReplicas({ replicas }: Evaluation, llms: readonly string[]): object {
  return replicas.map(({ llm, instance: { share, gpus }, memory, joined, left }) => ({
    llm: llms[llm],
    share,
    gpus: gpus.map(({ id }) => id),
    memory_bytes: memory,
    joined_seconds: toSeconds(joined),
    left_seconds: Number.isFinite(left) ? toSeconds(left) : null,
  }));
}

function formatJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
