/**
 * Reads profiles of LLMs that were measured, each served alone, or saved by `sim profile --save`: a
 * CSV file with a row for each size of replicas and each rate of calls.
 *
 *   llm,gpu,tp,share,calls_per_second_max,calls_per_second,ttft_seconds,decode_seconds
 *   generator,H100,1,1,24,0.5,0.041,1.62
 *
 * Rows of a size stand in the order of the load. Other columns may be left out; what stands for
 * them is decided where profiles are used. Rows of LLMs and GPU types that the file is not read for
 * are not looked at beyond their form.
 */

import { min } from "d3-array";
import { similarNames, UserError } from "../errors.ts";
import { type Cluster, gpuTypes } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { supportsTp } from "../llm/model.ts";
import type { OpenLoopLatencies, ReplicaGroup } from "../llm/profile-table.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { InputFiles } from "./catalog.ts";
import { displayPath } from "./input-file.ts";
import { loadGpuType } from "./load-cluster.ts";
import {
  given,
  type MeasuredPoint,
  type ProfileColumn,
  type ProfileRow,
  pointOf,
  readProfileRows,
} from "./profile-rows.ts";

/**
 * A row that is measured at a rate below this part of the row before it, and faster, is out of
 * order. Rates that are near one another scatter; past saturation a rate may fall, but calls slow.
 */
const SCATTER = 0.9;

/** The rows of a number of replicas of one size. */
export interface MeasuredSize extends ReplicaGroup {
  /** Calls per second at saturation of all replicas together. */
  readonly maxCallRate: number;
  /** Tokens of KV cache that a replica had; undefined is what the file leaves out. */
  readonly kvTokens: number | undefined;
  /** By increasing load. */
  readonly points: readonly MeasuredPoint[];
  readonly openLoop: OpenLoopLatencies;
}

/** Profiles as a file has them. */
export interface MeasuredProfiles {
  /** The file as messages name it, and a hash of its content. */
  readonly file: string;
  readonly sha256: string;
  /** At least one size of each LLM, all on GPU types of the cluster. */
  readonly llms: ReadonlyMap<string, readonly MeasuredSize[]>;
}

/** What a file is read for. */
export interface ProfilesOptions {
  readonly cluster: Cluster;
  /** There must be rows of each of these. */
  readonly llms: readonly PlannedLlm[];
  /** There may be rows of each of these. */
  readonly otherLlms: readonly PlannedLlm[];
  readonly inputs: InputFiles;
}

/** The profiles of a file; throws UserErrors with the place of what is wrong. */
export function loadProfiles(path: string, options: ProfilesOptions): MeasuredProfiles {
  const { llms, otherLlms, cluster, inputs } = options;
  const { rows, file: read } = readProfileRows(path);
  inputs.set(read.path, read);
  const byLlm = new Map<string, Map<string, ProfileRow[]>>();
  const types = new Map<string, GpuType | undefined>();
  for (const row of rows) {
    const llm = [...llms, ...otherLlms].find(({ name }) => name === row.llm);
    if (!types.has(row.gpu)) types.set(row.gpu, gpuOf(row, cluster));
    const type = types.get(row.gpu);
    if (llm === undefined || type === undefined) continue;
    checkSize(row, llm, type);
    const sizes = byLlm.get(llm.name) ?? new Map<string, ProfileRow[]>();
    byLlm.set(llm.name, sizes);
    const key = JSON.stringify({ gpu: type.name, ...sizeOf(row) });
    sizes.set(key, [...(sizes.get(key) ?? []), { ...row, gpu: type.name }]);
  }
  const missing = llms.find(({ name }) => !byLlm.has(name));
  if (missing !== undefined) throw withoutRows(missing.name, { rows, path, ...options });
  const file = displayPath(path);
  const sizes = [...byLlm].map(([name, own]) => [name, [...own.values()].map(measured)] as const);
  return { file, sha256: read.sha256, llms: new Map(sizes) };
}

function sizeOf({ value }: ProfileRow): Omit<ReplicaGroup, "gpu"> {
  const replicas = value("replicas");
  const size = { tp: value("tp"), share: value("share") };
  return { ...size, replicas: Number.isNaN(replicas) ? 1 : replicas };
}

/** The type of the cluster's GPUs that a row names; undefined for one that it has not. */
function gpuOf({ gpu, at }: ProfileRow, cluster: Cluster): GpuType | undefined {
  const types = gpuTypes(cluster);
  const named = types.find(({ name }) => name.toLowerCase() === gpu.toLowerCase());
  if (named !== undefined) return named;
  try {
    const { name } = loadGpuType(gpu);
    return types.find((type) => type.name === name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, { where: at("gpu"), hint: error.hint });
  }
}

/** Throws where there can be no such replicas. */
function checkSize(row: ProfileRow, { model }: PlannedLlm, type: GpuType): void {
  const { tp, share, replicas } = sizeOf(row);
  if (!supportsTp(model, tp)) {
    const message = `tp: ${model.name} cannot be split over ${tp} GPUs`;
    throw new UserError(message, { where: row.at("tp") });
  }
  if (tp > 1 && !type.allReduce.has(tp)) {
    const known = [1, ...type.allReduce.keys()].join(", ");
    throw new UserError(`tp: ${type.name} has no times of collectives over ${tp} GPUs`, {
      where: row.at("tp"),
      hint: `its file has those of ${known} GPUs`,
    });
  }
  if (share < 1 && replicas > 1) {
    throw new UserError("replicas: on parts of GPUs one is profiled", {
      where: row.at("replicas"),
      hint: "several are taken to be to one as on whole GPUs: leave these rows out",
    });
  }
}

/** The rows of a size, of which there is at least one. */
function measured(rows: readonly ProfileRow[]): MeasuredSize {
  const [first] = rows;
  const { gpu, value, at } = first!;
  for (const column of ["calls_per_second_max", "kv_tokens"] as const) {
    const other = rows.find((row) => !Object.is(row.value(column), value(column)));
    if (other === undefined) continue;
    throw new UserError(`${column} is another one than in line ${at(column).line}`, {
      where: other.at(column),
      hint: "rows of one llm, gpu, tp, share and number of replicas have the same",
    });
  }
  checkLoads(rows);
  const maxCallRate = value("calls_per_second_max");
  const openLoopOf = (column: ProfileColumn) => rows.map((row) => row.value(column));
  return {
    gpu,
    ...sizeOf(first!),
    maxCallRate,
    kvTokens: given(value("kv_tokens")),
    points: rows.map(pointOf),
    openLoop: {
      recorded: openLoopOf("recorded_latency_seconds"),
      poisson: openLoopOf("poisson_latency_seconds"),
    },
  };
}

/** Throws where rows are not in the order of the load, or none is below saturation. */
function checkLoads(rows: readonly ProfileRow[]): void {
  const rateOf = ({ value }: ProfileRow) => value("calls_per_second");
  const latencyOf = ({ value }: ProfileRow) => value("ttft_seconds") + value("decode_seconds");
  const [first] = rows;
  if (min(rows, rateOf)! >= first!.value("calls_per_second_max")) {
    throw new UserError("calls_per_second: no row of this size is below calls_per_second_max", {
      where: first!.at("calls_per_second"),
      hint: "give the rate at which the replicas saturate, and rows at rates below it",
    });
  }
  rows.slice(1).forEach((row, index) => {
    const before = rows[index]!;
    if (rateOf(row) >= SCATTER * rateOf(before) || latencyOf(row) >= latencyOf(before)) return;
    throw new UserError(`calls_per_second is below that of line ${before.at("llm").line}`, {
      where: row.at("calls_per_second"),
      hint: "put the rows of a size in the order of the load, the lowest first",
    });
  });
}

function withoutRows(
  llm: string,
  file: ProfilesOptions & { readonly rows: readonly ProfileRow[]; readonly path: string },
): UserError {
  const { rows, path, cluster, llms } = file;
  const where = { file: displayPath(path) };
  const names = [...new Set(rows.map((row) => row.llm))];
  if (names.includes(llm)) {
    const types = gpuTypes(cluster).map(({ name }) => name);
    const hint = `measure it on ${types.join(" or ")}`;
    return new UserError(`there are no rows of ${llm} on GPUs of ${cluster.name}`, { where, hint });
  }
  const others = names.filter((row) => !llms.some(({ name }) => name === row));
  const [similar] = similarNames(llm, others);
  const rest = `its rows are of ${names.join(", ")}`;
  const hint = similar === undefined ? rest : `is ${similar} meant to be it?`;
  return new UserError(`there are no rows of ${llm}`, { where, hint });
}
