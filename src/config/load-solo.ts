/**
 * Reads iterations measured alone: the CSV of `scripts/measure/bench.py`, with the columns of
 * `clusters/measurements/h100/solo.csv`.
 */

import { UserError } from "../errors.ts";
import type { ModelShape } from "../llm/model.ts";
import { supportsTp } from "../llm/model.ts";
import type { SoloMeasurement } from "../llm/solo-measurement.ts";
import { type ColumnKind, readCsvTable, WHOLE_NUMBER } from "./csv-file.ts";
import { loadModel } from "./load-model.ts";

/** A measured point, and the share as the file has it. */
export interface SoloRow extends SoloMeasurement {
  readonly share: number;
}

/** A count of what there must be one of. */
export const COUNT: ColumnKind = {
  expected: "a whole number above 0",
  accepts: (value) => value > 0 && Number.isSafeInteger(value),
};

/** A measured time, or what is divided by. */
export const ABOVE_ZERO: ColumnKind = {
  expected: "a number above 0",
  accepts: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
};

/** The rows of a file; throws UserErrors with the place of what is wrong. */
export function loadSolo(path: string): SoloRow[] {
  const { rowCount, numbers, texts, locate } = readCsvTable(
    path,
    {
      tp: COUNT,
      share: ABOVE_ZERO,
      sms: COUNT,
      batch: COUNT,
      q_tokens: COUNT,
      context: WHOLE_NUMBER,
      layer_us: ABOVE_ZERO,
      head_us: ABOVE_ZERO,
    },
    ["model", "kind"],
  );
  return Array.from({ length: rowCount }, (_, row) => {
    const kind = texts.kind[row]!;
    if (kind !== "decode" && kind !== "prefill") {
      const message = `kind: expected decode or prefill, got "${kind}"`;
      throw new UserError(message, { where: locate(row, "kind") });
    }
    const where = locate(row, "model");
    const model = modelAt(texts.model[row]!, where);
    const tp = numbers.tp[row]!;
    if (!supportsTp(model, tp)) {
      const message = `tp: ${model.name} cannot be split over ${tp} GPUs`;
      throw new UserError(message, { where: locate(row, "tp") });
    }
    return {
      model,
      tp,
      share: numbers.share[row]!,
      sms: numbers.sms[row]!,
      kind,
      batch: numbers.batch[row]!,
      queryTokens: numbers.q_tokens[row]!,
      context: numbers.context[row]!,
      layerTime: numbers.layer_us[row]! * 1e-6,
      headTime: numbers.head_us[row]! * 1e-6,
    };
  });
}

/** The model of that name; an unknown one is an error at `where`. */
export function modelAt(name: string, where: UserError["where"]): ModelShape {
  try {
    return loadModel(name);
  } catch (error) {
    if (!(error instanceof UserError) || where === undefined) throw error;
    const { message, hint } = error;
    throw new UserError(message, { where, ...(hint === undefined ? {} : { hint }) });
  }
}
