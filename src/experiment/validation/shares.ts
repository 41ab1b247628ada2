/**
 * What a share of the SMs costs in the model beside what was measured: the slowdown of prefill and
 * decode against a share of 1.
 */

import { median } from "d3-array";
import type { ShareRow } from "../../config/load-shares.ts";
import { UserError } from "../../errors.ts";
import type { Cluster } from "../../hardware/cluster.ts";
import type { Engine } from "../../llm/engine.ts";
import { createIterationTime } from "../../llm/iteration-time.ts";
import { byGroup, type Comparison } from "./errors-by-group.ts";

/** Median sizes of errors of slowdowns. */
export interface SharesComparison {
  readonly gpu: string;
  readonly n: number;
  readonly median: number;
  readonly groups: readonly {
    readonly tp: number;
    readonly share: number;
    readonly kind: string;
    readonly n: number;
    readonly median: number;
    /** Median of the errors with their signs. */
    readonly bias: number;
  }[];
}

/** Compares rows with the model of the GPUs of `cluster`, one node of them. */
export function compareShares(
  rows: readonly ShareRow[],
  cluster: Cluster,
  engine: Engine,
): SharesComparison {
  const comparisons = shareComparisons(rows, cluster, engine);
  return {
    gpu: cluster.gpus[0]!.type.name,
    n: comparisons.length,
    median: median(comparisons, sizeOfError)!,
    groups: [...byGroup(comparisons)].map(([name, group]) => {
      const [tp, share, kind] = name.split("/");
      return {
        tp: Number(tp),
        share: Number(share),
        kind: kind!,
        n: group.length,
        median: median(group, sizeOfError)!,
        bias: median(group, error)!,
      };
    }),
  };
}

/** Two comparisons a row below a share of 1; groups are of TP degree, share and kind. */
export function shareComparisons(
  rows: readonly ShareRow[],
  cluster: Cluster,
  engine: Engine,
): Comparison[] {
  const whole = new Map(rows.filter(({ share }) => share === 1).map((row) => [keyOf(row), row]));
  const comparisons: Comparison[] = [];
  for (const row of rows) {
    const reference = whole.get(keyOf(row));
    if (row.share === 1 || reference === undefined) continue;
    const predicted = timesOf(row, row.share, cluster, engine);
    const predictedWhole = timesOf(row, 1, cluster, engine);
    for (const kind of ["prefill", "decode"] as const) {
      const time = row[`${kind}Time`];
      const timeWhole = reference[`${kind}Time`];
      if (time === undefined || timeWhole === undefined) continue;
      comparisons.push({
        group: `${row.tp}/${row.share}/${kind}`,
        measured: time / timeWhole,
        simulated: predicted[kind] / predictedWhole[kind],
      });
    }
  }
  if (comparisons.length > 0) return comparisons;
  throw new UserError("no row has its like at a share of 1 (mps_pct 100)", {
    hint: "slowdowns are against the whole GPU: measure that too",
  });
}

function timesOf(
  { model, tp, batch, promptTokens }: ShareRow,
  share: number,
  cluster: Cluster,
  engine: Engine,
): { readonly prefill: number; readonly decode: number } {
  const gpu = cluster.gpus[0]!.type;
  if (tp > 1 && !gpu.allReduce.has(tp)) {
    throw new UserError(`${gpu.name} has no all-reduce time for TP ${tp}`, {
      hint: "add it to all_reduce in the GPU's file, or leave those rows away",
    });
  }
  const hardware = { gpu, cluster, tp, level: "domain", share } as const;
  const time = createIterationTime(model, engine, hardware);
  const chunks = Array.from({ length: batch }, () => ({ tokens: promptTokens, context: 0 }));
  const context = batch * promptTokens;
  const { fixed, perContextToken } = time.decode(batch, context);
  const host = time.host(batch);
  return {
    prefill: host + Math.max(time.launch(batch, 0), time.mixed(chunks, 0, 0)),
    decode: host + fixed + perContextToken * context,
  };
}

function keyOf({ model, tp, batch, promptTokens }: ShareRow): string {
  return [model.name, tp, batch, promptTokens].join("/");
}

function error({ measured, simulated }: Comparison): number {
  return simulated / measured - 1;
}

function sizeOfError(comparison: Comparison): number {
  return Math.abs(error(comparison));
}
