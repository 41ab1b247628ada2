/** `sim import`: a trace in a foreign format as one of ours, with what was found in it. */

import Table from "cli-table3";
import { type ImportCounts, importFile } from "../trace-import/import-file.ts";
import { type ImportedLlm, ImportSummary } from "../trace-import/import-summary.ts";
import { percent } from "./table-values.ts";
import { parseCount } from "./values.ts";

/** As commander gives them. */
export interface ImportCommandOptions {
  readonly format?: string;
  readonly out: string;
  readonly model?: string;
  readonly blockSize: string;
  readonly skipBad?: boolean;
  readonly summary?: boolean;
  readonly json?: boolean;
}

/** Imports `file` and reports. */
export async function importCommand(file: string, options: ImportCommandOptions): Promise<void> {
  const { format, model, out, skipBad = false } = options;
  const summary = options.summary === true ? new ImportSummary() : undefined;
  const counts = await importFile({
    file,
    out,
    skipBad,
    blockSize: parseCount("--block-size", options.blockSize, 1),
    ...(format === undefined ? {} : { format }),
    ...(model === undefined ? {} : { model }),
    ...(summary === undefined ? {} : { onCall: (call) => summary.add(call) }),
  });
  const llms = summary?.llms();
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(documentOf(counts, out, llms), null, 2)}\n`
      : `${formatCounts(counts)}${llms === undefined ? "" : formatLlms(llms)}Trace: ${out}\n`,
  );
}

function documentOf(
  counts: ImportCounts,
  out: string,
  llms: Readonly<Record<string, ImportedLlm>> | undefined,
): object {
  const { format, sessions, calls, inputTokens, outputTokens, bad, notes } = counts;
  return {
    format,
    sessions,
    calls,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    bad_lines: bad,
    notes: Object.fromEntries(notes),
    ...(llms === undefined ? {} : { llms }),
    trace: out,
  };
}

function formatCounts(counts: ImportCounts): string {
  const { format, sessions, calls, inputTokens, outputTokens, bad, notes } = counts;
  const lines = [
    `${format}: ${sessions} sessions, ${calls} calls, ` +
      `${inputTokens} tokens in, ${outputTokens} out`,
    ...[...notes].map(([what, count]) => `  ${count} ${what}`),
  ];
  if (bad > 0) lines.push(`  ${bad} lines that are wrong, left out`);
  return `${lines.join("\n")}\n`;
}

function formatLlms(llms: Readonly<Record<string, ImportedLlm>>): string {
  const table = new Table({
    head: [
      "LLM",
      "calls",
      "n",
      "p",
      "tokens in",
      "p95",
      "out",
      "p95",
      "share of output",
      "p5 – p95",
    ],
    colAligns: ["left", ...Array(9).fill("right")],
    style: { head: [], border: [] },
  });
  for (const [name, llm] of Object.entries(llms)) {
    const { input_tokens: input, output_tokens: output, output_share: share } = llm;
    table.push([
      name,
      llm.calls,
      llm.calls_per_session.toFixed(2),
      llm.parallelism?.toFixed(2) ?? "–",
      Math.round(input.mean),
      Math.round(input.p95),
      Math.round(output.mean),
      Math.round(output.p95),
      percent(share.mean),
      `${percent(share.p5)} – ${percent(share.p95)}`,
    ]);
  }
  return `${table.toString()}\n`;
}
