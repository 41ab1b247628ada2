/**
 * The built files of the viewer's page, read once.
 */

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** A file as it is sent. */
export interface PageFile {
  readonly bytes: Uint8Array;
  /** Media type. */
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** The files in `directory` by path; `index.html` is at `/`. */
export function readPageFiles(directory: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(directory)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = name === "index.html" ? "/" : `/${name}`;
    files.set(path, { bytes: readFileSync(join(directory, name)), type });
  }
  return files;
}
