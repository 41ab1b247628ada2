/**
 * Schemas of dimensional values. In an input file every one is a string with its unit; a bare
 * number is refused, with an example of what to write.
 */

import { z } from "zod";
import { describeQuantity, parseQuantity, type QuantityKind } from "../units.ts";

/** A quantity string such as `80 GB`, read into base units. */
export function quantity(kind: QuantityKind) {
  const expected = `expected ${describeQuantity(kind)}`;
  return z
    .string({ error: expected })
    .transform((text, context) => {
      const value = parseQuantity(kind, text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: expected, input: text });
      return z.NEVER;
    })
    .meta({ description: describeQuantity(kind) });
}

/** A quantity above zero. */
export function positiveQuantity(kind: QuantityKind) {
  return quantity(kind).refine((value) => value > 0, { error: "expected a value above zero" });
}

/** Units in which each kind is written to a file, the preferred one first. */
const WRITTEN_UNITS = {
  duration: ["ms", "us", "s"],
  size: ["GB", "MB", "B"],
  bandwidth: ["GB/s", "MB/s", "B/s"],
} as const;

const BASE_UNITS = { duration: "s", size: "B", bandwidth: "B/s" } as const;

/** Writes a value so that `quantity` reads the very same number back. */
export function writeQuantity(kind: keyof typeof WRITTEN_UNITS, value: number): string {
  for (const unit of WRITTEN_UNITS[kind]) {
    const scale = parseQuantity(kind, `1 ${unit}`)!;
    const amount = Number((value / scale).toPrecision(12));
    const text = `${amount} ${unit}`;
    if ((amount >= 1 || amount === 0) && parseQuantity(kind, text) === value) return text;
  }
  return `${value} ${BASE_UNITS[kind]}`;
}
