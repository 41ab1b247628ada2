/**
 * Loads a run of the simulator Vidur (github.com/microsoft/vidur) with all that it took: its
 * requests and their times, its flags, and the tables of layer times that it looked up. Times in
 * the tables are milliseconds of one layer.
 */

import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { ms } from "../units.ts";
import { type ColumnKind, NOT_NEGATIVE, readCsvFile, WHOLE_NUMBER } from "./csv-file.ts";
import { displayPath } from "./input-file.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A run; SI units, requests in order of arrival. */
export interface VidurRun {
  readonly settings: VidurSettings;
  readonly tables: VidurTables;
  readonly requests: readonly VidurRequest[];
}

/** What the run was configured with. */
export interface VidurSettings {
  readonly model: string;
  readonly layers: number;
  readonly tp: number;
  readonly maxNumSeqs: number;
  /** Tokens of an iteration, decodes included. */
  readonly chunkSize: number;
  readonly blockSize: number;
  readonly blocks: number;
  /** Fraction of the blocks that stay free when a request starts. */
  readonly watermark: number;
  /** Iterations that it simulated, where the summary says. */
  readonly iterations: number | undefined;
}

/** Seconds of one layer; throw a UserError where the table has no such row. */
export interface VidurTables {
  /** Everything that depends on the number of tokens alone, but for `kvSave` and `allReduce`. */
  readonly tokenOperations: (tokens: number) => number;
  readonly kvSave: (tokens: number) => number;
  /** One of the layer's two; without launch overhead. */
  readonly allReduce: (tokens: number) => number;
  readonly decodeAttention: (batch: number, contextMean: number) => number;
  readonly prefillAttention: (context: number, tokens: number) => number;
}

/** A request with the instants that Vidur gave it. */
export interface VidurRequest {
  readonly id: number;
  readonly arrival: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly start: number;
  readonly firstToken: number;
  readonly completion: number;
  /** Times that it was preempted and started over. */
  readonly restarts: number;
}

/** Layers of the models that Vidur knows; its own names. */
const LAYERS: Readonly<Record<string, number>> = {
  "codellama/CodeLlama-34b-Instruct-hf": 48,
  "internlm/internlm-20b": 60,
  "internlm/internlm2-20b": 48,
  "meta-llama/Llama-2-7b-hf": 32,
  "meta-llama/Llama-2-70b-hf": 80,
  "meta-llama/Meta-Llama-3-8B": 32,
  "meta-llama/Meta-Llama-3-70B": 80,
  "microsoft/phi-2": 32,
  "Qwen/Qwen-72B": 80,
};

/** Parts of a layer, by the columns of the table. */
const TOKEN_OPERATIONS = [
  "attn_pre_proj_ms",
  "attn_post_proj_ms",
  "mlp_up_proj_ms",
  "mlp_down_proj_ms",
  "mlp_act_ms",
  "attn_rope_ms",
  "input_layernorm_ms",
  "post_attention_layernorm_ms",
  "add_ms",
] as const;

const POSITIVE_COUNT: ColumnKind = {
  expected: "a whole number, 1 or more",
  accepts: (value) => value >= 1 && Number.isSafeInteger(value),
};

/** Flags are texts, as given on Vidur's command line. */
const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: 'expected a count such as "16"' })
  .transform(Number);
const fraction = z
  .string()
  .regex(/^0?\.\d+$|^0$/, { error: 'expected a fraction such as "0.01"' })
  .transform(Number);
const one = z.literal("1", { error: 'expected "1", all that can be compared' }).default("1");

const summarySchema = z.object({
  vidur_flags: z.object({
    replica_config_model_name: z.string().refine((name) => Object.hasOwn(LAYERS, name), {
      error: `expected one of ${Object.keys(LAYERS).join(", ")}`,
    }),
    replica_config_tensor_parallel_size: count,
    replica_config_num_pipeline_stages: one,
    cluster_config_num_replicas: one,
    replica_scheduler_config_type: z.literal("sarathi"),
    sarathi_scheduler_config_batch_size_cap: count,
    sarathi_scheduler_config_chunk_size: count,
    // The defaults are Vidur's.
    sarathi_scheduler_config_block_size: count.default(16),
    sarathi_scheduler_config_watermark_blocks_fraction: fraction.default(0.01),
  }),
  num_blocks: z.int().min(1),
  batches: z.int().min(1).optional(),
});

/** Reads the files of a run in `folder`. */
export function loadVidurRun(folder: string): VidurRun {
  const settings = readSettings(join(folder, "summary.json"));
  return {
    settings,
    tables: readTables(folder, settings.tp),
    requests: readRequests(folder),
  };
}

function readSettings(path: string): VidurSettings {
  // JSON is YAML, and so wrong values are shown with their place.
  const {
    vidur_flags: flags,
    num_blocks: blocks,
    batches,
  } = readYamlFile(path, summarySchema).value;
  const model = flags.replica_config_model_name;
  return {
    model,
    layers: LAYERS[model]!,
    tp: flags.replica_config_tensor_parallel_size,
    maxNumSeqs: flags.sarathi_scheduler_config_batch_size_cap,
    chunkSize: flags.sarathi_scheduler_config_chunk_size,
    blockSize: flags.sarathi_scheduler_config_block_size,
    blocks,
    watermark: flags.sarathi_scheduler_config_watermark_blocks_fraction,
    iterations: batches,
  };
}

function readTables(folder: string, tp: number): VidurTables {
  const path = join(folder, "table_token_ops.csv.gz");
  const names = [
    ...TOKEN_OPERATIONS,
    "attn_kv_cache_save_ms",
    ...(tp > 1 ? ["all_reduce_ms"] : []),
  ];
  const kinds: Record<string, ColumnKind> = { num_tokens: WHOLE_NUMBER };
  for (const name of names) kinds[name] = NOT_NEGATIVE;
  const columns = readCsvFile(path, kinds);
  const rows = new Map<number, number>();
  for (const [row, tokens] of columns.num_tokens!.entries()) rows.set(tokens, row);
  const sumOf = (used: readonly string[]) => (tokens: number) => {
    const row = rows.get(tokens);
    if (row === undefined) throw noRow(path, `num_tokens ${tokens}`);
    return used.reduce((sum, name) => sum + columns[name]![row]!, 0) * ms;
  };
  return {
    tokenOperations: sumOf(TOKEN_OPERATIONS),
    kvSave: sumOf(["attn_kv_cache_save_ms"]),
    allReduce: tp > 1 ? sumOf(["all_reduce_ms"]) : () => 0,
    decodeAttention: readGrid(join(folder, "table_attn_decode.csv.gz"), "batch_size", "avg_kv"),
    prefillAttention: readGrid(join(folder, "table_attn_prefill.csv.gz"), "kv", "chunk"),
  };
}

/** A table of times over two counts. */
function readGrid(path: string, first: string, second: string): VidurTables["decodeAttention"] {
  const columns = readCsvFile<string>(path, {
    [first]: WHOLE_NUMBER,
    [second]: WHOLE_NUMBER,
    ms: NOT_NEGATIVE,
  });
  const rows = new Map<number, Map<number, number>>();
  columns[first]!.forEach((value, row) => {
    if (!rows.has(value)) rows.set(value, new Map());
    rows.get(value)!.set(columns[second]![row]!, columns.ms![row]!);
  });
  return (a, b) => {
    const time = rows.get(a)?.get(b);
    if (time === undefined) throw noRow(path, `${first} ${a} and ${second} ${b}`);
    return time * ms;
  };
}

function noRow(path: string, what: string): UserError {
  return new UserError(`no row for ${what}, which the run needs`, {
    where: { file: displayPath(path) },
  });
}

/** The trace and, row by row, what became of it. */
function readRequests(folder: string): VidurRequest[] {
  const tracePath = join(folder, "trace.csv");
  const trace = readCsvFile(tracePath, {
    arrived_at: NOT_NEGATIVE,
    num_prefill_tokens: POSITIVE_COUNT,
    num_decode_tokens: POSITIVE_COUNT,
  });
  const resultsPath = join(folder, "requests.csv");
  const results = readCsvFile(resultsPath, {
    request_id: WHOLE_NUMBER,
    arrived_at: NOT_NEGATIVE,
    input_tokens: POSITIVE_COUNT,
    output_tokens: POSITIVE_COUNT,
    scheduled_at: NOT_NEGATIVE,
    first_token_at: NOT_NEGATIVE,
    completed_at: NOT_NEGATIVE,
    restarts: WHOLE_NUMBER,
  });
  const requests = Array.from(trace.arrived_at, (arrival, row) => ({
    id: results.request_id[row]!,
    arrival,
    promptTokens: trace.num_prefill_tokens[row]!,
    outputTokens: trace.num_decode_tokens[row]!,
    start: results.scheduled_at[row]!,
    firstToken: results.first_token_at[row]!,
    completion: results.completed_at[row]!,
    restarts: results.restarts[row]!,
  }));
  const row = requests.findIndex(
    ({ arrival, promptTokens, outputTokens }, index) =>
      results.arrived_at[index] !== arrival ||
      results.input_tokens[index] !== promptTokens ||
      results.output_tokens[index] !== outputTokens,
  );
  if (row >= 0 || requests.length !== results.request_id.length) {
    const line = row >= 0 ? row + 2 : requests.length + 2;
    throw new UserError(`not the request of line ${line} of ${displayPath(tracePath)}`, {
      where: { file: displayPath(resultsPath), line },
      hint: "both files hold the same requests in the same order",
    });
  }
  const late = requests.findIndex(
    ({ arrival }, index) => index > 0 && arrival < requests[index - 1]!.arrival,
  );
  if (late > 0) {
    throw new UserError("arrives before the request above", {
      where: { file: displayPath(tracePath), line: late + 2 },
      hint: "sort the requests by arrived_at, in both files",
    });
  }
  return requests;
}
