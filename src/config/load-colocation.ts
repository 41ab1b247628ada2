/**
 * Reads slowdowns of co-located loads: the CSV of `scripts/measure/colocate.py`, with the columns
 * of `clusters/measurements/h100/colocate.csv`.
 */

import { type SourcePosition, UserError } from "../errors.ts";
import type { CoLocation } from "../hardware/co-location.ts";
import type { GpuType } from "../hardware/gpu.ts";
import type { Demand, SharingMode, TenantLoad } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import { demandOf } from "../llm/iteration-time.ts";
import { addWork, KernelWork, noWork } from "../llm/kernel-work.ts";
import { readCsvTable } from "./csv-file.ts";
import { ABOVE_ZERO, modelAt } from "./load-solo.ts";

/** A measured slowdown, with the names that the file has. */
export interface CoLocationRow extends CoLocation {
  /** The group: `50/50`, `100/100`, `time-sliced`, … */
  readonly shares: string;
  /** The load that was measured, and the others. */
  readonly load: string;
  readonly neighbours: readonly string[];
}

/** Layers in a measured iteration. */
const SLICE_LAYERS = 4;

/** The models that loads name by their size. */
const MODELS_BY_SIZE: Readonly<Record<string, string>> = {
  "1b": "llama-3.2-1b",
  "3b": "llama-3.2-3b",
  "7b": "mistral-7b",
  "8b": "llama-3.1-8b",
  "14b": "qwen2.5-14b",
  "32b": "qwen2.5-32b",
  "70b": "llama-3.1-70b",
};

/** The rows of a file, on `gpu`; throws UserErrors with the place of what is wrong. */
export function loadCoLocations(path: string, gpu: GpuType): CoLocationRow[] {
  const { rowCount, numbers, texts, locate } = readCsvTable(path, { slowdown: ABOVE_ZERO }, [
    "shares",
    "a",
    "b",
    "side",
  ]);
  const rows: CoLocationRow[] = [];
  const known = new Map<string, TenantLoad>();
  for (let row = 0; row < rowCount; row++) {
    const shares = texts.shares[row]!;
    const { mode, parts } = readShares(shares, locate(row, "shares"));
    const tenant = tenantOf(texts.side[row]!);
    if (!(tenant >= 0 && tenant < parts.length)) {
      const message = `side: expected a, b or the number of a tenant, got "${texts.side[row]}"`;
      throw new UserError(message, { where: locate(row, "side") });
    }
    const names = parts.map((_, index) => texts[index === 1 ? "b" : "a"][row]!);
    const loads = names.map((name, index) => {
      const key = `${name}@${parts[index]}`;
      let load = known.get(key);
      if (load === undefined) {
        load = readLoad(name, parts[index]!, gpu, locate(row, index === 1 ? "b" : "a"));
        known.set(key, load);
      }
      return load;
    });
    rows.push({
      mode,
      loads,
      tenant,
      slowdown: numbers.slowdown[row]!,
      shares,
      load: names[tenant]!,
      neighbours: names.filter((_, index) => index !== tenant),
    });
  }
  return rows;
}

/** `50/50` in percent of the SMs, or `time-sliced`. */
function readShares(
  text: string,
  where: SourcePosition,
): { readonly mode: SharingMode; readonly parts: readonly number[] } {
  if (text === "time-sliced") return { mode: "time-slicing", parts: [1, 1] };
  const parts = text.split("/").map((part) => Number(part) / 100);
  if (parts.length < 2 || !parts.every((part) => part > 0 && part <= 1)) {
    const message = `shares: expected percentages such as 50/50, or time-sliced, got "${text}"`;
    throw new UserError(message, { where });
  }
  return { mode: "mps", parts };
}

/** The index that `a`, `b` or a number stands for; -1 for anything else. */
function tenantOf(side: string): number {
  if (/^\d+$/.test(side)) return Number(side);
  return ["a", "b"].indexOf(side);
}

/** The load of that name, always on the GPU. */
function readLoad(name: string, share: number, gpu: GpuType, where: SourcePosition): TenantLoad {
  const sms = smsOfShare(gpu.sms, share);
  return { demand: readDemand(name, sms, gpu, where), share, sms, duty: 1 };
}

/** `8b-decode-32x2048`: 32 sequences of 2,048 tokens; `8b-prefill-512`: a prompt of 512. */
function readDemand(name: string, sms: number, gpu: GpuType, where: SourcePosition): Demand {
  const match = /^(.+)-(?:decode-([1-9]\d*)x(\d+)|prefill-([1-9]\d*))$/.exec(name);
  if (match === null) {
    const message = `expected a load such as 8b-decode-32x2048 or 8b-prefill-512, got "${name}"`;
    throw new UserError(message, { where });
  }
  const [, size, batch, context, prompt] = match;
  const model = modelAt(MODELS_BY_SIZE[size!] ?? size!, where);
  const kernels = new KernelWork(gpu.kernels, sms, model, 1);
  const tokens = Number(batch ?? prompt);
  const layer = kernels.dense(tokens);
  if (prompt === undefined) {
    addWork(layer, kernels.decodeAttention(tokens, tokens * Number(context)));
  } else {
    layer.compute += kernels.prefillAttention(tokens, tokens ** 2 / 2);
  }
  const work = noWork();
  addWork(work, layer, SLICE_LAYERS);
  return demandOf(work, tokens, SLICE_LAYERS, gpu);
}
