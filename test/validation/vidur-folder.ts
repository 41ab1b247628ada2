/**
 * A run as Vidur would leave it, small enough to compute by hand: two requests of 10 and 6 prompt
 * tokens that arrive together, chunks of 12 tokens, two GPUs, 80 layers.
 *
 *   1. all of request 0's prompt, 2 tokens of request 1's
 *   2. request 0 decodes, 4 tokens of request 1's prompt after 2 cached ones
 *   3. both decode, over 12 and 7 tokens of context
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const ARRIVAL = 0.5;

/** Milliseconds of one layer, each unlike the others. */
const OPERATIONS_8 = 0.5;
const OPERATIONS_16 = 0.7;
const ALL_REDUCE_8 = 0.05;
const ALL_REDUCE_16 = 0.08;
const KV_SAVE = { 2: 0.001, 5: 0.003, 12: 0.004 };
const DECODE_ONE = 0.011;
const DECODE_TWO = 0.017;
const PREFILL_FIRST = 0.023;
const PREFILL_SECOND = 0.029;

/** Vidur's launch overhead of a collective, and its factor for several sequences in attention. */
const LAUNCH = 0.02;
const BATCHING = 1.1;

/** Files by name, as text; the tables are compressed when they are written. */
export type VidurFiles = Record<string, string>;

/** The files of the run. */
export function vidurFiles(): VidurFiles {
  const first =
    OPERATIONS_16 + KV_SAVE[12] + PREFILL_FIRST * BATCHING + 2 * (ALL_REDUCE_16 + LAUNCH);
  const second =
    OPERATIONS_8 + KV_SAVE[5] + DECODE_ONE + PREFILL_SECOND + 2 * (ALL_REDUCE_8 + LAUNCH);
  const third = OPERATIONS_8 + KV_SAVE[2] + DECODE_TWO * BATCHING + 2 * (ALL_REDUCE_8 + LAUNCH);
  const seconds = (layer: number) => ARRIVAL + (80 * layer) / 1000;
  const ends = [seconds(first), seconds(first + second), seconds(first + second + third)];
  return {
    "summary.json": JSON.stringify(summary(), null, 1),
    "trace.csv": lines("arrived_at,num_prefill_tokens,num_decode_tokens", [
      [ARRIVAL, 10, 3],
      [ARRIVAL, 6, 2],
    ]),
    "requests.csv": lines(
      "request_id,arrived_at,input_tokens,output_tokens," +
        "scheduled_at,first_token_at,completed_at,restarts",
      [
        [0, ARRIVAL, 10, 3, ARRIVAL, ends[0]!, ends[2]!, 0],
        [1, ARRIVAL, 6, 2, ARRIVAL, ends[1]!, ends[2]!, 0],
      ],
    ),
    "table_token_ops.csv.gz": lines(
      "num_tokens,attn_pre_proj_ms,attn_post_proj_ms,mlp_up_proj_ms,mlp_down_proj_ms,mlp_act_ms," +
        "attn_rope_ms,attn_kv_cache_save_ms,input_layernorm_ms,post_attention_layernorm_ms," +
        "add_ms,all_reduce_ms",
      [
        tokenRow(2, { kvSave: KV_SAVE[2] }),
        tokenRow(5, { kvSave: KV_SAVE[5] }),
        tokenRow(8, { operations: OPERATIONS_8, allReduce: ALL_REDUCE_8 }),
        tokenRow(12, { kvSave: KV_SAVE[12] }),
        tokenRow(16, { operations: OPERATIONS_16, allReduce: ALL_REDUCE_16 }),
      ],
    ),
    "table_attn_decode.csv.gz": lines("batch_size,avg_kv,ms", [
      [1, 64, DECODE_ONE],
      [2, 64, DECODE_TWO],
    ]),
    "table_attn_prefill.csv.gz": lines("kv,chunk,ms", [
      [0, 10, PREFILL_FIRST],
      [64, 4, PREFILL_SECOND],
    ]),
  };
}

/** Writes files to a folder of their own. */
export function writeVidurFiles(folder: string, files: VidurFiles): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), name.endsWith(".gz") ? gzipSync(text) : text);
  }
  return folder;
}

function summary(): unknown {
  return {
    vidur_flags: {
      replica_config_model_name: "meta-llama/Llama-2-70b-hf",
      replica_config_tensor_parallel_size: "2",
      replica_config_num_pipeline_stages: "1",
      cluster_config_num_replicas: "1",
      replica_scheduler_config_type: "sarathi",
      sarathi_scheduler_config_batch_size_cap: "128",
      sarathi_scheduler_config_chunk_size: "12",
    },
    batches: 3,
    num_blocks: 100,
  };
}

/** A row whose operations are nine parts that differ; what is not used is far off. */
function tokenRow(
  tokens: number,
  { operations = 99, allReduce = 99, kvSave = 99 },
): readonly number[] {
  const parts = [0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.02].map(
    (part) => part * operations,
  );
  return [tokens, ...parts.slice(0, 6), kvSave, ...parts.slice(6), allReduce];
}

function lines(header: string, rows: readonly (readonly number[])[]): string {
  return `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`;
}
