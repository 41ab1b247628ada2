/** Reads the files of a results directory, which may be missing, cut off or of another program. */

import { readFileSync } from "node:fs";
import type { z } from "zod";
import { UserError } from "../errors.ts";

/** What to do where a directory is not what it should be. */
export const RESULTS_HINT = "name a directory that `sim run`, `replay`, `compare` or `sweep` wrote";

/** The JSON document `path`, checked; what is wrong with it is a UserError that names the file. */
export function readDocument<T extends z.ZodType>(path: string, schema: T): z.infer<T> {
  let content: unknown;
  try {
    content = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("is not JSON: cut off, or edited", {
      where: { file: path },
      hint: RESULTS_HINT,
    });
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new UserError(`${key.join(".")}: ${message}`, {
    where: { file: path },
    hint: RESULTS_HINT,
  });
}

/** The text of a file. */
export function readText(path: string): string {
  return Buffer.from(readBytes(path)).toString("utf8");
}

/** The bytes of a file; a UserError that names it where they cannot be had. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UserError(`cannot read "${path}": ${error.message}`, { hint: RESULTS_HINT });
  }
}
