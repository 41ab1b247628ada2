/**
 * Values of command-line options: parsed here, so that a wrong one is a UserError (exit code 1)
 * that names the option and shows a right one.
 */

import { UserError } from "../errors.ts";
import { describeQuantity, parseQuantity, type QuantityKind } from "../units.ts";

/** A rate such as `2` or `2/s`, in executions per second. */
export function parseRate(option: string, text: string): number {
  const rate = Number(text === "" ? Number.NaN : text);
  const value = Number.isNaN(rate) ? (parseQuantity("rate", text) ?? Number.NaN) : rate;
  if (!(value > 0 && Number.isFinite(value))) {
    throw wrongValue(option, text, "a rate above 0 in executions per second, such as 2 or 2/s");
  }
  return value;
}

/** A whole number, at least `minimum`. */
export function parseCount(option: string, text: string, minimum: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= minimum && Number.isSafeInteger(value))) {
    throw wrongValue(option, text, `a whole number of at least ${minimum}`);
  }
  return value;
}

/** What `--leave-out` may name; whether it does. */
export function parseLeaveOut(text: string | undefined, what: string): boolean {
  if (text !== undefined && text !== what) throw wrongValue("--leave-out", text, what);
  return text === what;
}

/** A duration above zero, in seconds. */
export function parseDuration(option: string, text: string): number {
  return parseDimension(option, text, "duration");
}

/** A size above zero, in bytes. */
export function parseSize(option: string, text: string): number {
  return parseDimension(option, text, "size");
}

/** A part of the arrivals such as `10%`, or a duration; `0` for none. */
export function parseWarmup(
  option: string,
  text: string,
): { readonly fraction: number } | { readonly seconds: number } {
  if (text === "0" || parseQuantity("duration", text) === 0) return { fraction: 0 };
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  if (percent === null) return { seconds: parseDuration(option, text) };
  const fraction = Number(percent[1]) / 100;
  if (fraction >= 1) throw wrongValue(option, text, "less than 100%");
  return { fraction };
}

/** `ROLE=model` pairs as a map from role to model. */
export function parseModels(option: string, pairs: readonly string[]): Map<string, string> {
  const models = new Map<string, string>();
  for (const pair of pairs) {
    const [, role, model] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (role === undefined || model === undefined) {
      throw wrongValue(option, pair, "ROLE=model, such as generator=llama-3.1-8b");
    }
    models.set(role, model);
  }
  return models;
}

function parseDimension(option: string, text: string, kind: QuantityKind): number {
  const value = parseQuantity(kind, text);
  if (value === undefined || value <= 0) throw wrongValue(option, text, describeQuantity(kind));
  return value;
}

function wrongValue(option: string, text: string, expected: string): UserError {
  return new UserError(`${option}: "${text}" is not valid`, { hint: `give ${expected}` });
}
