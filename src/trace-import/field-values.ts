/** Values of foreign records: of the kinds that traces have, or a BadRecord that says why not. */

import { BadRecord } from "./import-format.ts";

/** A number of tokens: a whole number, 0 or more, perhaps as a text. */
export function tokens(value: unknown, name: string): number {
  const count = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new BadRecord(`${name}: ${JSON.stringify(value)} is not a number of tokens`);
}

/** A number, perhaps as a text. */
export function number(value: unknown, name: string): number {
  const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof parsed === "number" && Number.isFinite(parsed)) return parsed;
  throw new BadRecord(`${name}: ${JSON.stringify(value)} is not a number`);
}

/** Milliseconds, 0 or more. */
export function time(value: unknown, name: string): number {
  const parsed = number(value, name);
  if (parsed < 0) throw new BadRecord(`${name}: ${parsed} is negative`);
  return parsed;
}

/** An id or a name: a text that is not empty, or a number. */
export function text(value: unknown, name: string): string {
  if (typeof value === "number" || (typeof value === "string" && value !== "")) return `${value}`;
  throw new BadRecord(`${name}: ${JSON.stringify(value)} is not a name`);
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/;

/** Milliseconds since 1970 of a date and time to any fraction of a second; UTC without a zone. */
export function instant(value: unknown, name: string): number {
  const match = typeof value === "string" ? DATE.exec(value.trim()) : null;
  if (match === null) throw new BadRecord(`${name}: ${JSON.stringify(value)} is not a time`);
  const [, year, month, day, hour, minute, second, fraction = "0", zone] = match;
  const whole = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
  return whole + 1000 * Number(fraction) - 60_000 * minutesEast(zone);
}

function minutesEast(zone: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? "") ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes));
}
