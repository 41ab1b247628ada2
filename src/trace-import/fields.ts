/** Foreign records as objects, and the fields that they have. */

import { BadRecord } from "./import-format.ts";

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object in a text. */
export function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadRecord(`not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isFields(value)) throw new BadRecord("not a JSON object");
  return value;
}

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a field is not given; null is what some writers put for that. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** The first of `names` that is there. */
export function firstOf(fields: Fields, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}
