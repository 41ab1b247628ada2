/**
 * Reads prefill and decode times at several shares of the SMs: the CSV that MuxServe published,
 * with the columns model, tp, mps_pct, batch, seqlen, prefill_ms and decode_ms.
 */

import { UserError } from "../errors.ts";
import { type ModelShape, supportsTp } from "../llm/model.ts";
import { type ColumnKind, readCsvTable } from "./csv-file.ts";
import { ABOVE_ZERO, COUNT, modelAt } from "./load-solo.ts";

/** Times of one batch at one share; seconds. */
export interface ShareRow {
  readonly model: ModelShape;
  readonly tp: number;
  readonly share: number;
  readonly batch: number;
  /** Tokens of every prompt. */
  readonly promptTokens: number;
  /** Undefined where the file has -1: not measured. */
  readonly prefillTime: number | undefined;
  readonly decodeTime: number | undefined;
}

/** What the file has where nothing was measured. */
const NOT_MEASURED = -1;

const TIME: ColumnKind = {
  expected: "a number above 0, or -1 where nothing was measured",
  accepts: (value) => value === NOT_MEASURED || ABOVE_ZERO.accepts(value),
};

const PERCENTAGE: ColumnKind = {
  expected: "a percentage above 0, at most 100",
  accepts: (value) => value > 0 && value <= 100,
};

/** The rows of a file; throws UserErrors with the place of what is wrong. */
export function loadShares(path: string): ShareRow[] {
  const { rowCount, numbers, texts, locate } = readCsvTable(
    path,
    {
      tp: COUNT,
      mps_pct: PERCENTAGE,
      batch: COUNT,
      seqlen: COUNT,
      prefill_ms: TIME,
      decode_ms: TIME,
    },
    ["model"],
  );
  return Array.from({ length: rowCount }, (_, row) => {
    const model = modelAt(texts.model[row]!, locate(row, "model"));
    const tp = numbers.tp[row]!;
    if (!supportsTp(model, tp)) {
      const message = `tp: ${model.name} cannot be split over ${tp} GPUs`;
      throw new UserError(message, { where: locate(row, "tp") });
    }
    return {
      model,
      tp,
      share: numbers.mps_pct[row]! / 100,
      batch: numbers.batch[row]!,
      promptTokens: numbers.seqlen[row]!,
      prefillTime: toSeconds(numbers.prefill_ms[row]!),
      decodeTime: toSeconds(numbers.decode_ms[row]!),
    };
  });
}

function toSeconds(milliseconds: number): number | undefined {
  return milliseconds === NOT_MEASURED ? undefined : milliseconds * 1e-3;
}
