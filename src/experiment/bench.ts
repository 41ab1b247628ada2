/**
 * Benchmarks of the simulator itself, each after a run that warms it up. What they count is the
 * same on every machine; how fast it goes is not.
 */

import { type AgenticFigures, benchAgentic } from "./bench-agentic.ts";
import { benchQueue, type QueueFigures } from "./bench-queue.ts";
import { benchReplay, type ReplayFigures } from "./bench-replay.ts";

/** The benchmarks by name, in the order in which they run. */
export const BENCHMARKS = ["queue", "replay", "agentic"] as const;

/** One of `BENCHMARKS`. */
export type BenchmarkName = (typeof BENCHMARKS)[number];

/** The document of `bench --json`; null for a benchmark that was not asked for. */
export interface BenchSummary {
  readonly schema_version: number;
  readonly node_version: string;
  readonly queue: QueueFigures | null;
  readonly replay: ReplayFigures | null;
  readonly agentic: AgenticFigures | null;
}

/** Version of the document. */
const SCHEMA_VERSION = 1;

/** Runs benchmarks one after another; `onProgress` is told what starts. */
export async function bench(
  names: readonly BenchmarkName[],
  onProgress: (stage: string) => void,
): Promise<BenchSummary> {
  const run = async <F>(name: BenchmarkName, benchmark: () => F | Promise<F>) => {
    if (!names.includes(name)) return null;
    onProgress(name);
    return await benchmark();
  };
  return {
    schema_version: SCHEMA_VERSION,
    node_version: process.version,
    queue: await run("queue", benchQueue),
    replay: await run("replay", () => benchReplay()),
    agentic: await run("agentic", benchAgentic),
  };
}
