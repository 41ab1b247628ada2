/**
 * A plan as people read it: a table of the LLMs, and the tenants of every node's GPUs.
 */

import { styleText } from "node:util";
import Table from "cli-table3";
import type {
  PlacementSummary,
  PlanDocument,
  PlannedSummary,
  PlanSummary,
} from "../experiment/summary.ts";
import { formatBytes, formatDuration, formatPercent, formatRate } from "../units.ts";

/** The text of `sim plan`. */
export function formatPlanned(summary: PlannedSummary): string {
  const lines = [formatTitle(summary), ""];
  if (!summary.plan.feasible) return [...lines, formatInfeasible(summary.plan), ""].join("\n");
  lines.push(formatPlan(summary.plan), "");
  const { latency_mean_seconds: latency, tool_seconds: tool } =
    summary.predictions[summary.predictor]!;
  const peak = summary.predicted!.throughput_max_per_second;
  const mean = latency === null ? "beyond the peak" : formatDuration(latency);
  lines.push(
    `Predicted (${summary.predictor}): mean latency ${mean}, of which tools ` +
      `${formatDuration(tool ?? 0)}; peak ${formatRate(peak)}`,
  );
  return `${lines.join("\n")}\n`;
}

/** What is planned, in one line. */
export function formatTitle(summary: PlanDocument): string {
  const { workload, cluster, planner, seed } = summary;
  const title = styleText("bold", `${workload} on ${cluster}`);
  return `${title}, planner ${planner}, ${formatLoad(summary)}, seed ${seed}`;
}

function formatLoad({ rate_per_second: rate, closed_loop: loop }: PlanDocument): string {
  if (rate === null) return "no rate";
  if (loop === null) return `${formatRate(rate)} offered`;
  const { users, think_seconds: think } = loop;
  const thinking = think > 0 ? ` with ${formatDuration(think)} of think time` : "";
  return `${users} ${users === 1 ? "user" : "users"}${thinking}, planned for ${formatRate(rate)}`;
}

/** Why there is no plan. */
export function formatInfeasible({ reason }: PlanSummary): string {
  return `${styleText("yellow", "No feasible plan:")} ${reason ?? ""}`;
}

/** The LLMs of a plan and where they run. */
export function formatPlan(plan: PlanSummary): string {
  const table = new Table({
    head: ["", "LLM", "model", "replicas", "TP", "share"],
    colAligns: ["left", "left", "left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  const letters = lettersOf(Object.keys(plan.llms));
  for (const [name, llm] of Object.entries(plan.llms)) {
    const share = llm.share === null ? "mixed" : formatPercent(llm.share);
    table.push([letters.get(name)!, name, llm.model, llm.replicas, llm.tp ?? "mixed", share]);
  }
  const title = `Plan: ${plan.gpus_used} of ${plan.gpus_total} GPUs`;
  const lines = [title, table.toString(), ...placementLines(plan, letters)];
  if (plan.placement !== null) lines.push(formatStranded(plan.placement));
  return lines.join("\n");
}

/** What the plan leaves free and cannot use, in one line. */
function formatStranded({
  stranded_share: share,
  stranded_memory_bytes: memory,
  tp_groups_crossing_domains: crossing,
}: PlacementSummary): string {
  const groups = crossing === 0 ? "no TP group crosses" : `${crossing} TP groups cross`;
  return (
    `Free but of no use to this plan: ${formatPercent(share)} of these GPUs, ` +
    `${formatBytes(memory)} of memory; ${groups} a fast domain`
  );
}

/** One line a node: every GPU with its tenants, `A` for the first LLM, `·` for a free GPU. */
function placementLines(plan: PlanSummary, letters: ReadonlyMap<string, string>): string[] {
  const nodes = new Map<string, Map<string, string[]>>();
  for (const [name, { instances }] of Object.entries(plan.llms)) {
    for (const { gpus, share } of instances) {
      for (const id of gpus) {
        const [node = "", gpu = ""] = id.split("/");
        const ofNode = nodes.get(node) ?? new Map<string, string[]>();
        nodes.set(node, ofNode);
        const percent = share < 1 ? Math.round(share * 100) : "";
        ofNode.set(gpu, [...(ofNode.get(gpu) ?? []), `${letters.get(name)}${percent}`]);
      }
    }
  }
  return [...nodes]
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([node, gpus]) => {
      const sorted = [...gpus].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
      return `  ${node}  ${sorted.map(([, tenants]) => `[${tenants.join(" ")}]`).join("")}`;
    });
}

/** A letter for each LLM, in order. */
function lettersOf(names: readonly string[]): Map<string, string> {
  return new Map(names.map((name, index) => [name, String.fromCharCode(65 + (index % 26))]));
}
