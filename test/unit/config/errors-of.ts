/** Writes small input files and shows what the loaders say about them, for tests. */

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UserError, UserErrors } from "../../../src/errors.ts";

/** A folder of its own with these files. */
export function writeFiles(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "sim-config-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The errors of `load` as `file:line:column message (hint)`, files without their folder. */
export function errorsOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof UserErrors) return error.errors.map(showError);
    if (error instanceof UserError) return [showError(error)];
    throw error;
  }
  return [];
}

function showError({ message, hint, where }: UserError): string {
  const file = where?.file.split("/").at(-1);
  const parts = [file, where?.line, where?.column].filter((part) => part !== undefined);
  const place = parts.length > 0 ? `${parts.join(":")} ` : "";
  return `${place}${message}${hint === undefined ? "" : ` (${hint})`}`;
}
