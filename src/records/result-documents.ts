/**
 * The JSON documents of a results directory as they are read: the keys that readers use, checked,
 * as a directory may be older, edited or made by others. Other keys are ignored.
 */

import { z } from "zod";

const value = z.number().nullable();
const sample = z.object({ mean: value, p50: value, p95: value, p99: value, max: value });
/** Of a percentile; the upper end may be unknown, older documents have none. */
const interval = z.tuple([z.number(), value]).nullish();
const share = z.object({ mean: value, p5: value, p95: value });
const prediction = z.object({ latency_mean_seconds: value, throughput_max_per_second: value });

const instance = z.object({ tp: z.number(), share: z.number(), gpus: z.array(z.string()) });

const plan = z.object({
  feasible: z.boolean(),
  reason: z.string().nullable(),
  gpus_total: z.number(),
  gpus_used: z.number(),
  llms: z.record(
    z.string(),
    z.object({ model: z.string(), replicas: z.number(), instances: z.array(instance) }),
  ),
});

const simulated = z.object({
  stable: z.boolean(),
  replications: z.number().default(1),
  warmup_seconds: z.number(),
  duration_seconds: z.number(),
  executions: z.object({
    arrived: z.number(),
    completed: z.number(),
    failed: z.number(),
    unfinished: z.number(),
  }),
  throughput_per_second: value,
  latency_seconds: sample.extend({
    mean_ci95: z.tuple([z.number(), z.number()]).nullable(),
    p50_ci95: interval,
    p90: value,
    p95_ci95: interval,
    p99_ci95: interval,
  }),
  llms: z.record(
    z.string(),
    z.object({
      calls: z.number(),
      time_share: share,
      utilization: value,
      ttft_seconds: sample,
      tpot_seconds: sample,
      queue_seconds: sample,
      prefix_hit_ratio: value,
    }),
  ),
  tools: z.object({ time_share: share }),
  breakdown: z.record(z.string(), value),
  gpus: z.object({
    utilization_mean: value,
    count: z.number(),
    gpu_seconds_per_execution: value,
  }),
});

const predicted = prediction.extend({ throughput_per_second: value }).nullable();
const error = z.record(z.string(), value).nullable();

/** What was simulated of one of several workflows. */
const own = z.object({ throughput_per_second: value, latency_seconds: sample });

/** `summary.json` of a run or a replay. */
export const summaryDocument = z.object({
  workload: z.string(),
  cluster: z.string(),
  planner: z.string(),
  seed: z.number(),
  rate_per_second: value,
  closed_loop: z.object({ users: z.number(), think_seconds: z.number() }).nullish(),
  plan,
  predictor: z.string().nullable(),
  predictions: z.record(z.string(), prediction),
  predicted,
  saturates_first: z.string().nullish(),
  simulated: simulated.nullable(),
  observed: z.object({ latency_seconds: sample }).nullish(),
  error,
  workflows: z
    .record(z.string(), z.object({ rate_per_second: z.number(), predicted, simulated: own, error }))
    .optional(),
});

/** `cluster.json`. */
export const clusterDocument = z.object({
  name: z.string(),
  nodes: z.array(z.string()).min(1),
  gpus: z
    .array(
      z.object({
        id: z.string(),
        node: z.string(),
        domain: z.number(),
        type: z.string(),
        memory_bytes: z.number(),
      }),
    )
    .min(1),
});

/** `replicas.json`: in the order in which tables number them. */
export const replicasDocument = z.array(
  z.object({
    llm: z.string(),
    share: z.number().positive(),
    gpus: z.array(z.string()).min(1),
    memory_bytes: z.number(),
    joined_seconds: z.number(),
    left_seconds: z.number().nullable(),
  }),
);

/** `manifest.json`. */
export const manifestDocument = z.object({
  version: z.string(),
  command: z.array(z.string()),
  seeds: z.array(z.number()),
  input_sha256: z.record(z.string(), z.string()),
  started_at: z.string(),
  node_version: z.string(),
});

export type SummaryDocument = z.infer<typeof summaryDocument>;
export type ClusterDocument = z.infer<typeof clusterDocument>;
export type ReplicasDocument = z.infer<typeof replicasDocument>;
export type ManifestDocument = z.infer<typeof manifestDocument>;
