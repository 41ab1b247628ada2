/**
 * Writes a results directory whole or not at all: the files go to a hidden directory beside the
 * target, which is then renamed. An older results directory is replaced, anything else is refused.
 * A run that is killed leaves at most the hidden directory, which nothing reads as a result.
 */

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { assert, UserError } from "../errors.ts";
import { isManifest, MANIFEST_FILE } from "./manifest.ts";

/** Characters of a text in parts that are written at once. */
const WRITE_LENGTH = 1 << 16;

/** Throws a UserError when results could not be written to `directory`; changes nothing. */
export function checkResultsTarget(directory: string): void {
  explainFailures(directory, () => {
    const target = resolveTarget(directory);
    if (existsSync(target)) {
      if (!isResultsDirectory(target)) throw refusal(directory);
      // Replacing deletes the files of the old directory.
      accessSync(target, constants.W_OK | constants.X_OK);
    }
    let parent = dirname(target);
    while (!existsSync(parent)) parent = dirname(parent);
    if (!statSync(parent).isDirectory()) {
      throw new UserError(`cannot write results to "${directory}": "${parent}" is a file`, {
        hint: "choose another --out",
      });
    }
    accessSync(parent, constants.W_OK | constants.X_OK);
  });
}

/** A file's bytes, its text, or parts of them that are written as they come. */
export type FileContent = Uint8Array | string | Iterable<string> | Iterable<Uint8Array>;

/**
 * Writes `files`, by name, as the results directory `directory`, in place of an older one. A
 * manifest must be among them: without it the directory could never be replaced.
 */
export function writeResults(directory: string, files: ReadonlyMap<string, FileContent>): void {
  assert(files.has(MANIFEST_FILE), "results without a manifest");
  checkResultsTarget(directory);
  explainFailures(directory, () => {
    const target = resolveTarget(directory);
    const partial = hiddenSibling(target, "partial");
    try {
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(partial, { recursive: true });
      for (const [name, content] of files) {
        assert(name === basename(name), `the results file "${name}" is not in the directory`);
        writeContent(join(partial, name), content);
      }
      moveInto(partial, target);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  });
}

function writeContent(path: string, content: FileContent): void {
  if (typeof content === "string" || content instanceof Uint8Array) {
    writeFileSync(path, content);
    return;
  }
  const file = openSync(path, "w");
  try {
    let text = "";
    for (const part of content) {
      if (typeof part !== "string") {
        writeFileSync(file, part);
        continue;
      }
      text += part;
      if (text.length < WRITE_LENGTH) continue;
      writeFileSync(file, text);
      text = "";
    }
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Renames `partial` to `target`; an older target is deleted last, or put back on failure. */
function moveInto(partial: string, target: string): void {
  if (!existsSync(target)) {
    renameSync(partial, target);
    return;
  }
  const replaced = hiddenSibling(target, "replaced");
  rmSync(replaced, { recursive: true, force: true });
  renameSync(target, replaced);
  try {
    renameSync(partial, target);
  } catch (error) {
    renameSync(replaced, target);
    throw error;
  }
  rmSync(replaced, { recursive: true, force: true });
}

/** The absolute path; a symbolic link is followed, so that it stays and what it names changes. */
function resolveTarget(directory: string): string {
  const target = resolve(directory);
  const status = lstatSync(target, { throwIfNoEntry: false });
  return status?.isSymbolicLink() === true ? realpathSync(target) : target;
}

function isResultsDirectory(path: string): boolean {
  const manifest = join(path, MANIFEST_FILE);
  return existsSync(manifest) && isManifest(readFileSync(manifest, "utf8"));
}

/** The process number keeps processes with the same target apart. */
function hiddenSibling(target: string, state: "partial" | "replaced"): string {
  return join(dirname(target), `.${basename(target)}.${state}-${process.pid}`);
}

function refusal(directory: string): UserError {
  return new UserError(`"${directory}" exists and is not a results directory of sim`, {
    hint: "choose another --out",
  });
}

/** Runs `action`; what the file system refuses is the user's to solve: a UserError. */
function explainFailures(directory: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UserError(`cannot write results to "${directory}": ${error.message}`, {
      hint: "choose another --out, or make room and permissions there",
    });
  }
}
