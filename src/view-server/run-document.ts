/**
 * What the page is told of a run before it asks for parts of its tables. Times in seconds, sizes
 * in bytes.
 */

/** Phases of a replica, in the order in which numbers name them. */
export const PHASES = ["prefill", "mixed", "decode"] as const;

/** What a bin holds for a phase that filled it. */
export const FULL_BIN = 65_535;

/** A run that is served. */
export interface RunDocument {
  /** Name of its directory. */
  readonly name: string;
  readonly workload: string;
  readonly cluster: string;
  readonly planner: string;
  readonly seed: number;
  readonly rate: number | null;
  readonly isStable: boolean;
  readonly warmup: number;
  /** When the last row of its tables ends. */
  readonly end: number;
  readonly latency: Readonly<Record<"mean" | "p50" | "p95" | "p99", number | null>>;
  readonly throughput: number | null;
  readonly utilization: number | null;
  readonly llms: readonly { readonly name: string; readonly model: string }[];
  readonly gpus: readonly ServedGpu[];
  readonly replicas: readonly ServedReplica[];
  readonly counts: Readonly<Record<"executions" | "calls" | "segments", number>>;
  readonly detail: LevelsOfDetail;
}

/** A GPU with what its samples say of the whole run. */
export interface ServedGpu {
  readonly id: string;
  readonly node: string;
  readonly type: string;
  readonly memory: number;
  /** Part of its SMs at work, mean over the samples; null without any. */
  readonly busyMean: number | null;
  /** KV cache in use, the most of all samples; null without any. */
  readonly kvMost: number | null;
}

/** A replica with what its iterations say of the whole run. */
export interface ServedReplica {
  /** Position in `llms`. */
  readonly llm: number;
  readonly share: number;
  /** Positions in `gpus`. */
  readonly gpus: readonly number[];
  /** Of each of its GPUs. */
  readonly memory: number;
  readonly joined: number;
  /** Null if it stayed. */
  readonly left: number | null;
  /** Time in which it had an iteration under way. */
  readonly busy: number;
  /** Slowdown by the other tenants of its GPUs, mean over that time; null without any. */
  readonly slowdownMean: number | null;
}

/** How the time of a run is cut into bins: `bins` at level 0, half as many at each further one. */
export interface LevelsOfDetail {
  readonly levels: number;
  readonly bins: number;
  /** Seconds of a bin at level 0. */
  readonly binWidth: number;
  /** Bins of a tile, which is what the page asks for. */
  readonly tileBins: number;
}
