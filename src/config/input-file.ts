/**
 * Reads input files as bytes: what the file system refuses becomes an error of the user's, and
 * every file is hashed, so that a run can record what went in.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { UserError } from "../errors.ts";

/** An input file as a manifest records it. */
export interface LoadedFile {
  readonly path: string;
  /** Of the raw bytes, in hexadecimal. */
  readonly sha256: string;
}

/** The bytes of a file; `kind`, such as "YAML file", is what the user should have named. */
export function readInputBytes(path: string, kind: string): Buffer {
  const file = displayPath(path);
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw new UserError(`${file}: no such file`);
    if (code === "EISDIR") {
      throw new UserError(`${file} is a directory`, { hint: `give the path of a ${kind} in it` });
    }
    if (code === "EACCES") throw new UserError(`${file}: no permission to read it`);
    throw error;
  }
}

/** A path as messages show it: relative when below the working directory. */
export function displayPath(path: string): string {
  const shown = relative("", resolve(path));
  return shown.startsWith("..") || isAbsolute(shown) ? resolve(path) : shown;
}

/** What a manifest says of a file with these bytes. */
export function loadedFile(path: string, bytes: Buffer): LoadedFile {
  return { path: displayPath(path), sha256: createHash("sha256").update(bytes).digest("hex") };
}
