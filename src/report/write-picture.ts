/**
 * Writes a picture for people (PNG) and for papers (SVG). Both files are written under hidden
 * names first: a name that can be read is a whole picture.
 */

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { assert, UserError } from "../errors.ts";
import { renderPng } from "./render-png.ts";

/**
 * Writes `name`.svg and `name`.png into `directory`, which is made where it is missing; older
 * pictures are replaced. Returns the paths.
 */
export function writePicture(
  directory: string,
  name: string,
  svg: string,
): { readonly svg: string; readonly png: string } {
  assert(name !== "" && name === basename(name), `the picture "${name}" is not in the directory`);
  const pathOf = (type: string) => join(directory, `${name}.${type}`);
  const files = [
    { path: pathOf("svg"), content: svg },
    { path: pathOf("png"), content: renderPng(svg) },
  ].map(({ path, content }) => ({ path, content, partial: partialOf(path) }));
  try {
    mkdirSync(directory, { recursive: true });
    for (const { partial, content } of files) writeFileSync(partial, content);
    for (const { partial, path } of files) renameSync(partial, path);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    for (const { partial } of files) removeIfPossible(partial);
    throw new UserError(`cannot write a picture to "${directory}": ${error.message}`, {
      hint: "choose another directory, or make room and permissions there",
    });
  }
  return { svg: pathOf("svg"), png: pathOf("png") };
}

/** The process number keeps processes with the same target apart. */
function partialOf(path: string): string {
  return join(path, "..", `.${basename(path)}.partial-${process.pid}`);
}

/** Where even that fails, the failure that is reported is the first one. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
