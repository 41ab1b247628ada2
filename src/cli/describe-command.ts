/** `sim describe`: a workflow as a tree with what its steps take, and as a picture. */

import { basename, dirname, extname } from "node:path";
import { styleText } from "node:util";
import { loadWorkflow } from "../config/load-workflow.ts";
import {
  type OutlineLlm,
  type OutlineStep,
  outlineOf,
  type WorkflowOutline,
} from "../experiment/workflow-outline.ts";
import { formatDuration, formatPercent } from "../units.ts";

/** As commander gives them. */
export interface DescribeOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Describes the workflow that `name` names. */
export async function describeCommand(name: string, options: DescribeOptions): Promise<void> {
  const outline = outlineOf(loadWorkflow(name));
  const picture = options.out === undefined ? undefined : await draw(options.out, outline);
  if (options.json === true) {
    const document = { ...outline, picture: picture ?? null };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  process.stdout.write(formatOutline(outline));
  if (picture !== undefined) process.stdout.write(`Picture: ${picture} and .png\n`);
}

async function draw(out: string, outline: WorkflowOutline): Promise<string> {
  const { workflowPicture } = await import("../report/workflow-picture.ts");
  const { writePicture } = await import("../report/write-picture.ts");
  const svg = workflowPicture({
    title: outline.name,
    subtitle: `${outline.description}. ${formatCalls(outline)}`,
    llms: outline.llms.map((llm) => ({ name: llm.name, detail: formatLlm(llm) })),
    steps: outline.steps,
  });
  return writePicture(dirname(out), basename(out, extname(out)), svg).svg;
}

function formatOutline(outline: WorkflowOutline): string {
  const { name, description, llms, steps } = outline;
  return [
    `${styleText("bold", name)}: ${description}`,
    formatCalls(outline),
    ...llms.map((llm) => `  ${llm.name}: ${formatLlm(llm)}`),
    "",
    ...treeOf(steps, ""),
    "",
  ].join("\n");
}

function formatCalls({ calls_per_execution: calls, tool_seconds: tools }: WorkflowOutline): string {
  return (
    `${calls.mean.toFixed(1)} calls an execution (5 to 95 %: ${Math.round(calls.p5)} to ` +
    `${Math.round(calls.p95)}), ${formatDuration(tools)} of tools`
  );
}

function formatLlm(llm: OutlineLlm): string {
  const { model, calls_per_execution: calls, prompt_tokens, output_tokens, output_share } = llm;
  return (
    `${model}, ${calls.toFixed(1)} calls, ${Math.round(prompt_tokens)} tokens in, ` +
    `${Math.round(output_tokens)} out, ${formatPercent(output_share)} of the output`
  );
}

/** One line a step, under what holds it. */
function treeOf(steps: readonly OutlineStep[], indent: string): string[] {
  return steps.flatMap(({ title, detail, llm, steps: inside }, index) => {
    const isLast = index === steps.length - 1;
    const name = llm === undefined ? title : styleText("bold", title);
    const line = `${indent}${isLast ? "└" : "├"} ${name}${detail === "" ? "" : `  ${detail}`}`;
    return [line, ...treeOf(inside, `${indent}${isLast ? " " : "│"} `)];
  });
}
