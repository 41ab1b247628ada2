/**
 * Gives errors that arise while the names in a file are resolved the position of those names, and
 * reports all of them together.
 */

import { UserError, UserErrors } from "../errors.ts";
import type { Path, Problem } from "./schema-problems.ts";
import { problemError, type YamlFile } from "./yaml-file.ts";

/** Runs `resolve`; an error of the user's is kept for the end, at `path` of the file. */
export type Attempt = <R>(path: Path, resolve: () => R, target?: Problem["target"]) => R;

/**
 * What `work` returns, unless one of its attempts failed: then all the failures. A failed attempt
 * returns undefined under the type of its result, so `work` must only store what it gets.
 */
export function collectProblems<R>(
  { locate }: Pick<YamlFile<unknown>, "locate">,
  work: (attempt: Attempt) => R,
): R {
  const errors: UserError[] = [];
  const attempt = <T>(path: Path, resolve: () => T, target: Problem["target"] = "value"): T => {
    try {
      return resolve();
    } catch (error) {
      if (error instanceof UserErrors) errors.push(...error.errors);
      else if (error instanceof UserError) errors.push(place(error, path, target, locate));
      else throw error;
      return undefined as T;
    }
  };
  const result = work(attempt);
  if (errors.length > 0) throw new UserErrors(errors);
  return result;
}

/** `error` at `path`, unless it already points into a file. */
function place(
  error: UserError,
  path: Path,
  target: Problem["target"],
  locate: YamlFile<unknown>["locate"],
): UserError {
  if (error.where !== undefined) return error;
  const { message, hint } = error;
  return problemError({ path, target, message, ...(hint === undefined ? {} : { hint }) }, locate);
}
