/**
 * Runs the built command line in a folder of its own and reads what it leaves.
 */

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll } from "vitest";

/** The built program. */
export const MAIN = resolve(import.meta.dirname, "../../dist/cli/main.js");

/** The tables of a results directory. */
export const ARROW_FILES = ["calls", "executions", "gpus", "iterations", "predictions"].map(
  (name) => `${name}.arrow`,
);

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sim-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `sim` with arguments, in `folder`. */
export function sim(folder: string, ...args: string[]): Promise<Ended> {
  return simIn(folder, args, {});
}

/** Runs another build of `sim` with arguments in one text. */
export function simOf(main: string, folder: string, command: string): Promise<Ended> {
  return node(main, { folder }, command.split(" "));
}

function simIn(folder: string, args: string[], environment: NodeJS.ProcessEnv): Promise<Ended> {
  return node(MAIN, { folder, environment }, args);
}

function node(
  main: string,
  { folder, environment = {} }: { folder: string; environment?: NodeJS.ProcessEnv },
  args: readonly string[],
): Promise<Ended> {
  const options = { cwd: folder, env: { ...process.env, ...environment } };
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      done({ code, stdout, stderr });
    });
  });
}

/** Runs `sim` with arguments in one text and more environment, which must succeed. */
export async function simDone(
  folder: string,
  command: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const ended = await simIn(folder, command.split(" "), environment);
  if (ended.code !== 0) throw new Error(`sim ${command}: exit ${ended.code}\n${ended.stderr}`);
  return ended;
}

/** The files of a folder by name, as hexadecimal text so that a difference is short to show. */
export function filesOf(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder).sort();
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

/** The names of files whose bytes differ between two folders, or that only one has. */
export function differences(a: string, b: string): string[] {
  const [filesA, filesB] = [filesOf(a), filesOf(b)];
  const names = new Set([...filesA.keys(), ...filesB.keys()]);
  return [...names].filter((name) => !filesB.get(name)?.equals(filesA.get(name) ?? Buffer.of()));
}

/** The names of the columns of a table of a results directory. */
export function columnsOf(folder: string, table: string): string[] {
  return tableFromIPC(readFileSync(join(folder, `${table}.arrow`))).schema.fields.map(
    ({ name }) => name,
  );
}

/** One column of a table of a results directory. */
export function columnOf(folder: string, table: string, column: string): unknown[] {
  const arrow = tableFromIPC(readFileSync(join(folder, `${table}.arrow`)));
  return [...arrow.getChild(column)!];
}
