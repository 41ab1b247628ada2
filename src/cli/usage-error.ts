/** What is printed for wrong usage. */

import type { Command } from "commander";
import { similarNames } from "../errors.ts";

/**
 * Commander's message, but of a mistyped flag rather than of the required one that is missing for
 * it. `args` are those of the command line.
 */
export function usageError(message: string, program: Command, args: readonly string[]): string {
  if (!message.startsWith("error: required option")) return message;
  let command = program;
  let depth = 0;
  for (let next: Command | undefined = program; next !== undefined; depth++) {
    command = next;
    next = command.commands.find((subcommand) => subcommand.name() === args[depth]);
  }
  const known = command.options.flatMap(({ long }) => long ?? []);
  const flags = args.map((arg) => arg.split("=")[0]!).filter((arg) => /^--./.test(arg));
  const strange = flags.find((flag) => flag !== "--help" && !known.includes(flag));
  if (strange === undefined) return message;
  const [similar] = similarNames(strange, known);
  const hint = similar === undefined ? "" : `(Did you mean ${similar}?)\n`;
  return `error: unknown option '${strange}'\n${hint}`;
}
