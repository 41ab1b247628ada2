/**
 * What a report of a run draws from: its documents, and the columns of its tables that are needed,
 * with LLMs as positions in the plan. Without a simulation there are no columns.
 */

import { UserError } from "../errors.ts";
import type {
  ClusterDocument,
  ManifestDocument,
  SummaryDocument,
} from "../records/result-documents.ts";
import type { ResultTable } from "../records/result-table.ts";
import type { ResultsReader, TableName } from "../records/results-reader.ts";
import { MAX_GROUPS } from "./group-style.ts";

/** A run, read. */
export interface RunData {
  readonly summary: SummaryDocument;
  readonly cluster: ClusterDocument;
  readonly manifest: ManifestDocument;
  readonly planText: string | undefined;
  /** Names of the LLMs, in the order of the plan. */
  readonly llms: readonly string[];
  /** Undefined where nothing was simulated. */
  readonly simulated: SimulatedRun | undefined;
}

/** What was simulated: the summary, and tables by column. Times in seconds. */
export interface SimulatedRun {
  readonly summary: NonNullable<SummaryDocument["simulated"]>;
  readonly executions: ExecutionColumns;
  readonly calls: CallColumns;
  readonly gpus: GpuColumns;
}

/** A row an execution; NaN where it did not end. */
export interface ExecutionColumns {
  readonly execution: Float64Array;
  readonly arrival: Float64Array;
  readonly end: Float64Array;
  readonly latency: Float64Array;
}

/** A row a call; NaN where it did not get as far. */
export interface CallColumns {
  readonly execution: Float64Array;
  /** Position in the plan. */
  readonly llm: Int32Array;
  readonly submit: Float64Array;
  readonly start: Float64Array;
  readonly firstToken: Float64Array;
  readonly end: Float64Array;
}

/** A row a sample of a GPU. */
export interface GpuColumns {
  /** Names of the GPUs. */
  readonly names: readonly string[];
  /** Position in `names`. */
  readonly gpu: Uint32Array;
  readonly time: Float64Array;
  /** Part of its SMs at work. */
  readonly busy: Float64Array;
}

/** Reads what a report needs. */
export function readRunData(reader: ResultsReader): RunData {
  const { summary, cluster, manifest, planText } = reader;
  const llms = Object.keys(summary.plan.llms);
  if (llms.length > MAX_GROUPS) {
    throw new UserError(`a report tells ${MAX_GROUPS} LLMs apart, this plan has ${llms.length}`, {
      hint: "read its tables with another program",
    });
  }
  const simulated =
    summary.simulated === null
      ? undefined
      : {
          summary: summary.simulated,
          executions: readExecutions(need(reader, "executions")),
          calls: readCalls(need(reader, "calls"), llms),
          gpus: readGpus(need(reader, "gpus")),
        };
  return { summary, cluster, manifest, planText, llms, simulated };
}

function need(reader: ResultsReader, name: TableName): ResultTable {
  const table = reader.table(name);
  if (table !== undefined) return table;
  throw new UserError(`the results have no ${name}.arrow`, {
    hint: "run the command again that wrote the directory",
  });
}

function readExecutions(table: ResultTable): ExecutionColumns {
  return {
    execution: table.numbers("execution"),
    arrival: table.numbers("arrival_seconds"),
    end: table.numbers("end_seconds"),
    latency: table.numbers("latency_seconds"),
  };
}

function readCalls(table: ResultTable, llms: readonly string[]): CallColumns {
  const { values, codes } = table.texts("llm");
  const positions = values.map((name) => llms.indexOf(name));
  const unknown = values[positions.indexOf(-1)];
  if (unknown !== undefined) {
    throw new UserError(`calls.arrow has the LLM "${unknown}", which the plan has not`, {
      hint: "its files are not of one run",
    });
  }
  return {
    execution: table.numbers("execution"),
    llm: Int32Array.from(codes, (code) => positions[code]!),
    submit: table.numbers("submit_seconds"),
    start: table.numbers("start_seconds"),
    firstToken: table.numbers("first_token_seconds"),
    end: table.numbers("end_seconds"),
  };
}

function readGpus(table: ResultTable): GpuColumns {
  const { values, codes } = table.texts("gpu");
  return {
    names: values,
    gpu: codes,
    time: table.numbers("time_seconds"),
    busy: table.numbers("busy"),
  };
}
