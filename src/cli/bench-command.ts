/**
 * `sim bench`: how fast the simulator is, and whether it was faster before.
 */

import { displayPath, readInputBytes } from "../config/input-file.ts";
import { CheckFailure, unknownName } from "../errors.ts";
import { BENCHMARKS, type BenchmarkName, type BenchSummary, bench } from "../experiment/bench.ts";
import { parseBaseline, regressions } from "../experiment/bench-baseline.ts";
import type { SimulationFigures } from "../experiment/bench-simulation.ts";
import { writeOutput } from "../records/whole-file.ts";
import { formatDuration } from "../units.ts";

/** As commander gives them. */
export interface BenchOptions {
  readonly baseline?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs one benchmark, or all without a name. */
export async function benchCommand(name: string | undefined, options: BenchOptions): Promise<void> {
  const names = name === undefined ? BENCHMARKS : [benchmarkNamed(name)];
  const baseline =
    options.baseline === undefined
      ? undefined
      : parseBaseline(
          readInputBytes(options.baseline, "baseline").toString("utf8"),
          displayPath(options.baseline),
        );
  const isQuiet = options.quiet === true || options.json === true;
  const summary = await bench(names, (stage) => {
    if (!isQuiet) process.stderr.write(`benchmark ${stage} …\n`);
  });
  const text = `${JSON.stringify(summary, null, 2)}\n`;
  if (options.out !== undefined) {
    writeOutput(options.out, text, { what: "the figures", option: "--out" });
  }
  process.stdout.write(options.json === true ? text : formatBench(summary));
  if (baseline === undefined) return;
  const findings = regressions(summary, baseline);
  if (findings.length > 0) throw new CheckFailure(findings);
}

function benchmarkNamed(name: string): BenchmarkName {
  const found = BENCHMARKS.find((candidate) => candidate === name);
  if (found === undefined) throw unknownName("benchmark", name, BENCHMARKS);
  return found;
}

function formatBench({ queue, replay, agentic }: BenchSummary): string {
  const lines: string[] = [];
  for (const { pending, operations_per_second: rate } of queue?.pending ?? []) {
    const each = formatDuration(1 / rate);
    lines.push(
      `queue    ${count(rate)} operations/s with ${count(pending)} pending (${each} each)`,
    );
  }
  if (replay !== null) {
    lines.push(`replay   ${count(replay.requests_per_second)} requests/s`, ...details(replay));
  }
  if (agentic !== null) {
    lines.push(`agentic  ${count(agentic.calls_per_second)} calls/s`, ...details(agentic));
  }
  return `${lines.join("\n")}\n`;
}

function details(figures: SimulationFigures): string[] {
  const { wall_seconds, cpu_seconds, peak_memory_bytes, counters } = figures;
  const { calls, events, iterations } = counters;
  const memory = `${Math.round(peak_memory_bytes / 1e6)} MB at most`;
  const times = `${formatDuration(wall_seconds)}, ${formatDuration(cpu_seconds)} of CPU`;
  return [
    `         ${times}, ${memory}; ${count(figures.iterations_per_second)} iterations/s`,
    `         ${count(calls)} calls, ${count(events)} events, ${count(iterations)} iterations`,
  ];
}

/** A large number with its thousands apart. */
function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}
