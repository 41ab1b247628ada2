/**
 * Loads serving points measured on hardware, as NVIDIA aiconfigurator (Apache-2.0) collects them in
 * `silicon_sample.csv`: so many clients, each with one request under way, on one replica. Every
 * point becomes the deployment it was measured on. Engines go by backend and version.
 */

import { checkDeployment } from "../deployment/check.ts";
import { kvBytesByReplica } from "../deployment/memory.ts";
import type { Deployment } from "../deployment/plan.ts";
import { type SourcePosition, UserError } from "../errors.ts";
import type { Engine } from "../llm/engine.ts";
import { kvBytesPerToken, type ModelShape, supportsTp, type WeightType } from "../llm/model.ts";
import { ms } from "../units.ts";
import { bundledNames } from "./catalog.ts";
import { type ColumnKind, readCsvTable } from "./csv-file.ts";
import { loadCluster } from "./load-cluster.ts";
import { loadEngine, loadModel } from "./load-model.ts";

/** One point; seconds. */
export interface SiliconPoint {
  /** Position in the file, from 0. */
  readonly row: number;
  /** As the file names them. */
  readonly system: string;
  readonly model: string;
  readonly backend: string;
  readonly precision: WeightType;
  readonly tp: number;
  /** Tokens that a client asks for; it draws each length from `shortest` of this to all of it. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly shortest: number;
  readonly concurrency: number;
  readonly deployment: Deployment;
  readonly measured: SiliconTimes;
}

/** Means over the requests of a point. */
export interface SiliconTimes {
  readonly ttft: number;
  readonly tpot: number;
}

/**
 * The client of InferenceMAX, whose rows name no version, draws lengths from 80 to 100 %
 * (`--random-range-ratio 0.8`); that of aiconfigurator asks for exact ones (deviations of 0).
 */
const SHORTEST_DRAWN = 0.8;

/** The engine of a backend whose version is not said: nearest in time to those measurements. */
const UNSAID_VERSIONS: Readonly<Record<string, string>> = { vllm: "0.12", trtllm: "1.0" };

/** Names of quantisation modes; scales are left out. */
const WEIGHTS: ReadonlyMap<string, WeightType> = new Map([
  ["", "bf16"],
  ["bf16", "bf16"],
  ["bfloat16", "bf16"],
  ["float16", "bf16"],
  ["fp8", "fp8"],
  ["fp8_static", "fp8"],
  ["fp8_block", "fp8"],
]);

const NUMBERS = {
  tp_size: countFrom(1),
  isl: countFrom(1),
  osl: countFrom(2),
  concurrency: countFrom(1),
  silicon_ttft_ms: aboveZero(),
  silicon_tpot_ms: aboveZero(),
};

const TEXTS = [
  "system",
  "model_path",
  "backend",
  "backend_version",
  "precision",
  "gemm_quant_mode",
] as const;

type SiliconTable = ReturnType<typeof readSiliconTable>;
type SiliconColumn = keyof typeof NUMBERS | (typeof TEXTS)[number];

/** The points of a file in its order; throws a UserError with the place of what is wrong. */
export function loadSilicon(path: string): SiliconPoint[] {
  const table = readSiliconTable(path);
  return Array.from({ length: table.rowCount }, (_, row) => readPoint(table, row));
}

function readSiliconTable(path: string) {
  return readCsvTable(path, NUMBERS, TEXTS);
}

function readPoint(table: SiliconTable, row: number): SiliconPoint {
  const text = (name: (typeof TEXTS)[number]) => table.texts[name][row]!;
  const number = (name: keyof typeof NUMBERS) => table.numbers[name][row]!;
  const at = <R>(column: SiliconColumn, resolve: () => R) =>
    resolveAt(table.locate(row, column), resolve);
  const system = text("system");
  const backend = text("backend");
  const version = text("backend_version");
  const tp = number("tp_size");
  const weightColumn = text("gemm_quant_mode") === "" ? "precision" : "gemm_quant_mode";
  const precision = at(weightColumn, () => weightsOf(weightColumn, text(weightColumn)));
  const model = at("model_path", () => ({
    ...loadModel(text("model_path")),
    weightType: precision,
  }));
  const engine = at(version === "" ? "backend" : "backend_version", () =>
    loadBackend(backend, version),
  );
  const cluster = at("system", () => loadCluster(`1x${tp}x${system}`));
  const instance = { gpus: cluster.gpus, share: 1 };
  const point = {
    row,
    system,
    model: text("model_path"),
    backend,
    precision,
    tp,
    promptTokens: number("isl"),
    outputTokens: number("osl"),
    shortest: version === "" ? SHORTEST_DRAWN : 1,
    concurrency: number("concurrency"),
    deployment: { cluster, llms: [{ name: model.name, model, engine, instances: [instance] }] },
    measured: { ttft: number("silicon_ttft_ms") * ms, tpot: number("silicon_tpot_ms") * ms },
  };
  at("tp_size", () => checkPlan(point.deployment, model, tp));
  at("isl", () => checkLengths(point, model));
  return point;
}

/** Places the errors of `resolve`. */
function resolveAt<R>(where: SourcePosition, resolve: () => R): R {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof UserError) || error.where !== undefined) throw error;
    const { message, hint } = error;
    throw new UserError(message, { where, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The bundled engine of a backend, by the first two numbers of its version. */
function loadBackend(backend: string, version: string): Engine {
  const engines = bundledNames("engine");
  const [wanted] = /^\d+\.\d+/.exec(version) ?? [version];
  const name = `${backend}-${version === "" ? UNSAID_VERSIONS[backend] : wanted}`;
  if (engines.includes(name)) return loadEngine(name);
  const shown = version === "" ? `"${backend}"` : `"${backend}" ${version}`;
  throw new UserError(`no engine for the backend ${shown}`, {
    hint: `known engines: ${engines.join(", ")}`,
  });
}

function weightsOf(column: string, text: string): WeightType {
  const weights = WEIGHTS.get(text);
  if (weights !== undefined) return weights;
  const known = [...WEIGHTS.keys()].filter((name) => name !== "").join(", ");
  throw new UserError(`${column}: expected one of ${known}, or nothing, got "${text}"`);
}

function checkPlan(deployment: Deployment, model: ModelShape, tp: number): void {
  if (!supportsTp(model, tp)) {
    throw new UserError(`tp_size: ${model.name} cannot be split over ${tp} GPUs`);
  }
  const [problem] = checkDeployment(deployment).problems;
  if (problem !== undefined) throw new UserError(problem);
}

/** A request must fit on its own, or it would fail and never be measured. */
function checkLengths(point: Omit<SiliconPoint, "measured">, model: ModelShape): void {
  const length = point.promptTokens + point.outputTokens;
  const [kvBytes] = kvBytesByReplica(point.deployment);
  const room = Math.floor(kvBytes! / kvBytesPerToken(model, point.tp));
  const limit = Math.min(model.contextLimit, room);
  if (length <= limit) return;
  throw new UserError(`isl and osl are ${length} tokens, and at most ${limit} fit`);
}

function countFrom(minimum: number): ColumnKind {
  return {
    expected: `a whole number, ${minimum} or more`,
    accepts: (value) => value >= minimum && Number.isSafeInteger(value),
  };
}

function aboveZero(): ColumnKind {
  return {
    expected: "a number above 0",
    accepts: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
  };
}
