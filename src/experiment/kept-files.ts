/**
 * Folders of small JSON files by hash that any number of processes write at once: a file appears
 * whole, by renaming, or not at all, and the same hash always holds the same content. A file that
 * cannot be read is as good as none.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../records/whole-file.ts";

/** Seconds after which what a killed process left of a file is removed. */
const LEFTOVER_AGE = 60;

/** What is kept under a key; undefined for nothing. Reading makes it young. */
export function readKept(folder: string, key: string): unknown {
  const file = join(folder, `${key}.json`);
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    const now = new Date();
    utimesSync(file, now, now);
    return content;
  } catch {
    return undefined;
  }
}

/** Keeps `content` under a key, in place of what was there. */
export function writeKept(folder: string, key: string, content: unknown): void {
  mkdirSync(folder, { recursive: true });
  writeWhole(join(folder, `${key}.json`), `${JSON.stringify(content)}\n`);
}

/** Keys of all that is kept, in no order. */
export function keptKeys(folder: string): Set<string> {
  const names = filesIn(folder).filter((name) => !name.startsWith("."));
  return new Set(names.map((name) => name.replace(/\.json$/, "")));
}

/**
 * Removes the files used longest ago until the rest takes at most `bytesMax`, and what killed
 * processes left. Files under `spared` keys stay in any case.
 */
export function boundFolder(folder: string, bytesMax: number, spared?: ReadonlySet<string>): void {
  const now = Date.now() / 1000;
  const kept: { path: string; bytes: number; usedAt: number; isSpared: boolean }[] = [];
  for (const name of filesIn(folder)) {
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) continue;
    const usedAt = status.mtimeMs / 1000;
    if (!name.startsWith(".")) {
      const isSpared = spared?.has(name.replace(/\.json$/, "")) ?? false;
      kept.push({ path, bytes: status.size, usedAt, isSpared });
    } else if (now - usedAt > LEFTOVER_AGE) rmSync(path, { force: true });
  }
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, isSpared } of kept.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= bytesMax) return;
    if (isSpared) continue;
    rmSync(path, { force: true });
    total -= bytes;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
