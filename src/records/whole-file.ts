/**
 * Writes files that appear whole or not at all, in place of what was there: under a hidden name
 * first. What is no file, such as a pipe, is written as it is.
 */

import { randomUUID } from "node:crypto";
import { mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";

/** Writes a file, whoever else writes it. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() === false) {
    writeFileSync(path, content);
    return;
  }
  const file = there === undefined ? path : realpathSync(path);
  // Threads share the process number, and so do machines that share the folder.
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes what a user asked for, called `what` in errors, to where its `option` says; folders on the
 * way are made. Throws a UserError where that cannot be.
 */
export function writeOutput(
  path: string,
  content: string | Uint8Array,
  { what, option }: { readonly what: string; readonly option: string },
): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, content);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    // The rest names the hidden file.
    const [reason] = error.message.split(", ");
    throw new UserError(`cannot write ${what} "${path}": ${reason}`, {
      hint: `choose another ${option}`,
    });
  }
}
