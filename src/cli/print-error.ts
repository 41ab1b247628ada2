/**
 * Errors as people see them: a user error in a line with its place and what to do, a failed check
 * in a line a finding, a bug of ours with its stack and a request to report it. Always on stderr.
 */

import { relative } from "node:path";
import { styleText } from "node:util";
import { CheckFailure, UserError, UserErrors } from "../errors.ts";

/** Prints an error that ended a command. */
export function printError(error: unknown): void {
  if (error instanceof UserErrors) {
    for (const single of error.errors) printUserError(single);
  } else if (error instanceof UserError) printUserError(error);
  else if (error instanceof CheckFailure) {
    for (const finding of error.findings) {
      process.stderr.write(`${styleText("red", "failed:")} ${finding}\n`);
    }
  } else printBug(error);
}

/** Prints something that does not stop a command. */
export function printWarning(text: string): void {
  process.stderr.write(`${styleText("yellow", "warning:")} ${text}\n`);
}

function printUserError({ message, where, hint }: UserError): void {
  const parts = where === undefined ? [] : [shown(where.file), where.line, where.column];
  const given = parts.filter((part) => part !== undefined);
  const place = given.length === 0 ? "" : `${given.join(":")}: `;
  process.stderr.write(`${styleText("red", "error:")} ${place}${message}\n`);
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`);
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

function printBug(error: unknown): void {
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `${styleText("red", "bug in sim:")} ${stack}\n` +
      `Please report this with the command line: sim ${process.argv.slice(2).join(" ")}\n` +
      `(Node ${process.version})\n`,
  );
}
