/** The measured iterations of clusters/measurements/h100/solo.csv, for tests. */

import { readFileSync } from "node:fs";

/** One measured combination; times in seconds. */
export interface SoloRow {
  readonly model: string;
  readonly tp: number;
  readonly share: number;
  readonly sms: number;
  readonly kind: string;
  readonly batch: number;
  readonly queryTokens: number;
  readonly context: number;
  readonly layerTime: number;
  readonly headTime: number;
}

/** All rows, in the file's order. */
export function readSoloMeasurements(): SoloRow[] {
  const file = new URL("../../../clusters/measurements/h100/solo.csv", import.meta.url);
  const [, ...lines] = readFileSync(file, "utf8").trim().split(/\r?\n/);
  return lines.map((line) => {
    const [model, tp, share, sms, kind, ...rest] = line.split(",");
    const [batch, queryTokens, context, layerUs, headUs] = rest.map(Number);
    return {
      model: model!,
      tp: Number(tp),
      share: Number(share),
      sms: Number(sms),
      kind: kind!,
      batch: batch!,
      queryTokens: queryTokens!,
      context: context!,
      layerTime: layerUs! * 1e-6,
      headTime: headUs! * 1e-6,
    };
  });
}
