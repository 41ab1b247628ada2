/**
 * Turns what zod finds into problems in the user's words: a path, what was expected, what is
 * there. Schemas give messages of the form "expected …"; this file adds the default ones, names
 * missing and unknown keys, and picks the alternative of a union that the user meant.
 */

import { z } from "zod";
import { similarNames } from "../errors.ts";

/** Keys and indices from the root of a file. */
export type Path = readonly PropertyKey[];

/** Something wrong at `path`; `target` says whether the key or the value is to blame. */
export interface Problem {
  readonly path: Path;
  readonly target: "key" | "value";
  readonly message: string;
  readonly hint?: string;
}

/** What `validate` returns: the value, or everything that is wrong with it. */
type Validation<T> =
  | { readonly value: T; readonly problems?: never }
  | { readonly value?: never; readonly problems: readonly Problem[] };

/** Checks `raw` against `schema`. */
export function validate<T>(schema: z.ZodType<T>, raw: unknown): Validation<T> {
  const result = schema.safeParse(raw, { error: defaultMessage });
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, [], raw)) };
}

/** `steps[0].prompt`, for messages. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`,
    )
    .join("");
}

/** The value at `path`; undefined where there is none. */
export function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

const KNOWN_KEYS = "known keys: ";

const TYPE_NAMES: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
};

/** Messages for what a schema has none of its own for. */
function defaultMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case "unrecognized_keys":
      return issue.inst instanceof z.ZodObject
        ? `${KNOWN_KEYS}${Object.keys(issue.inst.shape).join(", ")}`
        : KNOWN_KEYS;
    case "invalid_value":
      return `expected ${issue.values.map(String).join(" or ")}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? `expected a number ${issue.inclusive ? "of at least" : "above"} ${issue.minimum}`
        : `expected at least ${issue.minimum} ${Number(issue.minimum) === 1 ? "entry" : "entries"}`;
    case "too_big":
      return `expected a number ${issue.inclusive ? "of at most" : "below"} ${issue.maximum}`;
    default:
      return undefined;
  }
}

function problemsOf(issue: z.core.$ZodIssue, parent: Path, raw: unknown): Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...path, key], key, issue.message));
  }
  if (issue.code === "invalid_union") {
    const meant = meantAlternative(issue.errors);
    if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, path, raw));
  }
  if (issue.code === "invalid_key") {
    const message = issue.issues[0]?.message ?? issue.message;
    return [{ path, target: "key", message: `${message}, got "${String(path.at(-1))}"` }];
  }
  const problem = valueProblem(path, issue.message, raw);
  const value = valueAt(raw, path);
  if (issue.code !== "invalid_value" || typeof value !== "string") return [problem];
  const similar = similarNames(value, issue.values.map(String));
  return [similar.length === 0 ? problem : { ...problem, hint: didYouMean(similar) }];
}

function didYouMean(similar: readonly string[]): string {
  return `did you mean ${similar.join(" or ")}?`;
}

/** A wrong or missing value. */
function valueProblem(path: Path, message: string, raw: unknown): Problem {
  if (!message.startsWith("expected")) return { path, target: "value", message };
  const value = valueAt(raw, path);
  if (value !== undefined) {
    return { path, target: "value", message: `${message}, got ${describeValue(value)}` };
  }
  const key = String(path.at(-1));
  return { path: path.slice(0, -1), target: "value", message: `missing "${key}", ${message}` };
}

function unknownKey(path: Path, key: string, message: string): Problem {
  const known = message.slice(KNOWN_KEYS.length).split(", ");
  const similar = similarNames(key, known);
  const hint = similar.length > 0 ? didYouMean(similar) : message;
  return { path, target: "key", message: `unknown key "${key}"`, hint };
}

/**
 * Of a union's alternatives, the one with the fewest unknown keys, if it stands out; values of
 * another type altogether (a text where maps are the alternatives) point at none.
 */
function meantAlternative(
  alternatives: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const scored = alternatives
    .filter((issues) => !issues.some(isWrongAltogether))
    .map((issues) => ({ issues, unknown: countUnknownKeys(issues) }))
    .sort((a, b) => a.unknown - b.unknown);
  const [best, second] = scored;
  if (best === undefined) return undefined;
  return second === undefined || best.unknown < second.unknown ? best.issues : undefined;
}

function isWrongAltogether(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && issue.code === "invalid_type";
}

function countUnknownKeys(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) =>
      issue.code === "unrecognized_keys" && issue.path.length === 0 ? sum + issue.keys.length : sum,
    0,
  );
}

/** A value as a message shows it. */
function describeValue(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty map" : `a map with ${keys.slice(0, 5).join(", ")}`;
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
