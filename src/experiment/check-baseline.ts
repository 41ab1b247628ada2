/**
 * What a run of the suite of `sim check` is held against. Counters are to be the same, Arrow files
 * too where the version of Node is; metrics stay within a band, and processor time, as machines
 * differ and are shared, within a wide one.
 */

import { UserError } from "../errors.ts";
import type { CaseFigures, CheckFigures } from "./check-suite.ts";

/** Relative change of a metric that passes; of an error, which is a fraction, absolute. */
const METRIC_BAND = 0.005;

/** Times the baseline's processor time that pass. */
const RUN_TIME_MAX = 1.6;

/** One figure beside its baseline; undefined where one of the two lacks it. */
export interface Comparison {
  readonly name: string;
  readonly baseline: number | string | null | undefined;
  readonly now: number | string | null | undefined;
  /** Null where nothing is asked of the figure here. */
  readonly passes: boolean | null;
  /** What passes, in words. */
  readonly allowed: string;
}

/** Reads a baseline; `file` is for messages. */
export function parseCheckBaseline(text: string, file: string): CheckFigures {
  const where = { file };
  const hint = "write a new one with `sim check --baseline FILE --update`";
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new UserError("the baseline is not valid JSON", { where, hint });
  }
  if (!isFigures(document)) {
    throw new UserError("the baseline is damaged, or none of `sim check`", { where, hint });
  }
  return document;
}

/** Every figure of both, beside each other. */
export function compareFigures(baseline: CheckFigures, now: CheckFigures): Comparison[] {
  const rows: Comparison[] = [];
  const isSameNode = baseline.node_version === now.node_version;
  for (const name of unionOfKeys(baseline.cases, now.cases)) {
    const [before, after] = [baseline.cases[name], now.cases[name]];
    const add = (part: keyof CaseFigures, judge: Judge) => {
      for (const key of unionOfKeys(before?.[part], after?.[part])) {
        const values = [before?.[part][key], after?.[part][key]] as const;
        rows.push({
          name: `${name}.${key}`,
          baseline: values[0],
          now: values[1],
          ...judge(...values, key),
        });
      }
    };
    add("counters", (a, b) => ({ passes: a === b, allowed: "the same" }));
    add("hashes", (a, b) =>
      isSameNode
        ? { passes: a === b, allowed: "the same" }
        : { passes: null, allowed: `compared under Node ${baseline.node_version} only` },
    );
    add("metrics", withinBand);
  }
  const times = now.run_time / baseline.run_time;
  rows.push({
    name: "run_time",
    baseline: baseline.run_time,
    now: now.run_time,
    passes: times <= RUN_TIME_MAX,
    allowed: `at most ${RUN_TIME_MAX} times`,
  });
  return rows;
}

type Figure = Comparison["now"];
type Judge = (before: Figure, after: Figure, key: string) => Pick<Comparison, "passes" | "allowed">;

function withinBand(before: Figure, after: Figure, key: string): ReturnType<Judge> {
  const isError = key.startsWith("error_");
  const allowed = isError ? `± ${METRIC_BAND}` : `± ${METRIC_BAND * 100} %`;
  if (typeof before !== "number" || typeof after !== "number") {
    return { passes: before === after, allowed };
  }
  const scale = isError ? 1 : Math.abs(before);
  return { passes: Math.abs(after - before) <= METRIC_BAND * scale, allowed };
}

function unionOfKeys(a: object | undefined, b: object | undefined): string[] {
  return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])];
}

function isFigures(document: unknown): document is CheckFigures {
  if (typeof document !== "object" || document === null) return false;
  const { schema_version, cases, run_time, node_version } = document as Partial<CheckFigures>;
  const isCase = (figures: unknown) =>
    typeof figures === "object" &&
    figures !== null &&
    ["counters", "hashes", "metrics"].every((part) => {
      return part in figures && typeof (figures as never)[part] === "object";
    });
  return (
    schema_version === 1 &&
    typeof run_time === "number" &&
    run_time > 0 &&
    typeof node_version === "string" &&
    typeof cases === "object" &&
    Object.values(cases).every(isCase)
  );
}
