/**
 * The rows of a file of measured profiles, with the form of each column. `load-profiles.ts` says
 * what they are and makes tables of them.
 */

import { type SourcePosition, UserError } from "../errors.ts";
import type { GpuUse, PhaseUse, ProfilePoint } from "../llm/profile-table.ts";
import { type ColumnKind, NOT_NEGATIVE, readCsvTable } from "./csv-file.ts";
import type { LoadedFile } from "./input-file.ts";
import { ABOVE_ZERO, COUNT } from "./load-solo.ts";

/** What a row says of a rate; undefined is what the file leaves out. */
export type MeasuredPoint = Omit<ProfilePoint, "union"> & { readonly union: number | undefined };

/** What is asked of GPUs, in columns that begin with the kind of iteration. */
export const USE_COLUMNS = [
  "busy",
  "duty",
  "work",
  "memory",
  "compute",
  "bandwidth",
  "tokens",
  "layer_seconds",
  "iteration_seconds",
] as const;

type UseName = (typeof USE_COLUMNS)[number];
type UseColumn = `${keyof GpuUse}_${UseName}`;

/** Columns of all that is asked of GPUs. */
const USES = (["prefill", "decode"] as const).flatMap((phase) =>
  USE_COLUMNS.map((name): UseColumn => `${phase}_${name}`),
);

const SHARE: ColumnKind = {
  expected: "a part of each GPU, above 0 and at most 1",
  accepts: (value) => value > 0 && value <= 1,
};

const KINDS = {
  tp: COUNT,
  share: SHARE,
  calls_per_second_max: ABOVE_ZERO,
  calls_per_second: ABOVE_ZERO,
  ttft_seconds: ABOVE_ZERO,
  decode_seconds: NOT_NEGATIVE,
  replicas: { ...COUNT, isOptional: true },
  kv_tokens: { ...COUNT, isOptional: true },
  union_seconds: { ...ABOVE_ZERO, isOptional: true },
  recorded_latency_seconds: { ...ABOVE_ZERO, isOptional: true },
  poisson_latency_seconds: { ...ABOVE_ZERO, isOptional: true },
  ...(Object.fromEntries(
    USES.map((column) => [column, { ...NOT_NEGATIVE, isOptional: true }]),
  ) as Readonly<Record<UseColumn, ColumnKind>>),
};

/** Columns of numbers. */
export type ProfileColumn = keyof typeof KINDS;

/** A row: its values are NaN where the file leaves them out. */
export interface ProfileRow {
  readonly llm: string;
  readonly gpu: string;
  readonly value: (column: ProfileColumn) => number;
  readonly at: (column: ProfileColumn | "llm" | "gpu") => SourcePosition;
}

/** The rows of a file, at least one; throws UserErrors with the place of what is wrong. */
export function readProfileRows(path: string): {
  readonly rows: readonly ProfileRow[];
  readonly file: LoadedFile;
} {
  const { rowCount, texts, numbers, locate, file } = readCsvTable(path, KINDS, ["llm", "gpu"], {
    isClosed: true,
  });
  const rows = Array.from({ length: rowCount }, (_, row): ProfileRow => {
    return {
      llm: texts.llm[row]!,
      gpu: texts.gpu[row]!,
      value: (column) => numbers[column][row]!,
      at: (column) => locate(row, column),
    };
  });
  const areUsesGiven = USES.some((column) => !Number.isNaN(rows[0]!.value(column)));
  for (const { value, at } of rows) {
    const odd = USES.find((column) => Number.isNaN(value(column)) === areUsesGiven);
    if (odd === undefined) continue;
    throw new UserError(`${odd} is ${areUsesGiven ? "not given" : "given"} here`, {
      where: at(odd),
      hint: `give all of ${USES[0]} to ${USES.at(-1)} in each row, or none of them in any`,
    });
  }
  return { rows, file };
}

/** What a row says of its rate. */
export function pointOf({ value }: ProfileRow): MeasuredPoint {
  const use = { prefill: useOf(value, "prefill"), decode: useOf(value, "decode") };
  return {
    callRate: value("calls_per_second"),
    firstToken: value("ttft_seconds"),
    decode: value("decode_seconds"),
    union: given(value("union_seconds")),
    use: Number.isNaN(use.prefill.busy) ? undefined : use,
  };
}

function useOf(value: ProfileRow["value"], phase: keyof GpuUse): PhaseUse {
  const of = (name: UseName) => value(`${phase}_${name}`);
  return {
    busy: of("busy"),
    duty: of("duty"),
    work: of("work"),
    demand: {
      memory: of("memory"),
      compute: of("compute"),
      bandwidth: of("bandwidth"),
      tokens: of("tokens"),
      layerTime: of("layer_seconds"),
      iterationTime: of("iteration_seconds"),
    },
  };
}

/** A value; undefined where the file leaves it out. */
export function given(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
