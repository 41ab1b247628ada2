/**
 * Compares a benchmark with an earlier one. What is counted must be the same; rates may be lower
 * by much, as machines differ and are shared, but not by a step.
 */

import { UserError } from "../errors.ts";
import { BENCHMARKS, type BenchSummary } from "./bench.ts";

/** The lowest part of a rate of the baseline that passes. */
const LEAST_RATE = 1 / 3;

/** An earlier document, as far as it is compared: figures by their path. */
export interface Baseline {
  readonly file: string;
  readonly figures: ReadonlyMap<string, number>;
}

/** Reads the document of an earlier benchmark; `file` is for messages. */
export function parseBaseline(text: string, file: string): Baseline {
  const where = { file };
  const hint = "give a file that `sim bench --out FILE` wrote";
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new UserError("the baseline is not valid JSON", { where, hint });
  }
  const figures = figuresOf(document);
  if (figures.size === 0) throw new UserError("the baseline has no figures", { where, hint });
  return { file, figures };
}

/** What got worse, a line each; benchmarks that the baseline did not run are left out. */
export function regressions(summary: BenchSummary, { figures, file }: Baseline): string[] {
  const findings: string[] = [];
  for (const [path, value] of figuresOf(summary)) {
    const [benchmark = ""] = path.split(".");
    if (![...figures.keys()].some((key) => key.startsWith(`${benchmark}.`))) continue;
    const before = figures.get(path);
    if (before === undefined) {
      throw new UserError(`the baseline has no number ${path}`, {
        where: { file },
        hint: "it is damaged, or of another version: write a new one with `sim bench --out FILE`",
      });
    }
    if (isRate(path) && value < LEAST_RATE * before) {
      const least = `less than a third of the ${Math.round(before)} before`;
      findings.push(`${path}: ${Math.round(value)}, ${least}`);
    } else if (!isRate(path) && value !== before) {
      findings.push(`${path}: ${value}, and ${before} before`);
    }
  }
  return findings;
}

/** Counters and rates of a document, by path such as `replay.counters.events`. */
function figuresOf(document: unknown): Map<string, number> {
  const figures = new Map<string, number>();
  const visit = (value: unknown, path: string) => {
    if (typeof value === "number" && (isRate(path) || path.includes(".counters."))) {
      figures.set(path, value);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, part] of Object.entries(value)) visit(part, `${path}.${key}`);
    }
  };
  if (typeof document !== "object" || document === null) return figures;
  const parts: Readonly<Record<string, unknown>> = { ...document };
  for (const name of BENCHMARKS) visit(parts[name], name);
  return figures;
}

function isRate(path: string): boolean {
  return path.endsWith("_per_second");
}
