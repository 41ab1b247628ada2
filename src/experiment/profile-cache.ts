/**
 * Profiles kept between runs, by a hash of all that they follow from: workflow, models, engine,
 * GPUs, links, seed, and the simulator's own code. A file that cannot be read or written is as good
 * as none: the profile is made anew.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LlmProfile } from "../llm/profile-table.ts";
import type { TracingSetup } from "./tracing.ts";

/** A hash of everything that the profiles of a workload follow from. */
export function profileKey(setup: TracingSetup): string {
  const { cluster, ...rest } = setup;
  const { name: _, nodes: __, ...hardware } = cluster;
  const plain = JSON.stringify({ ...rest, hardware }, (_key, value) =>
    value instanceof Map ? [...value] : value,
  );
  return createHash("sha256").update(codeHash()).update(plain).digest("hex").slice(0, 32);
}

/** The profiles kept under a key; undefined for none. */
export function cachedProfiles(key: string): LlmProfile[] | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(key), "utf8"));
  } catch {
    return undefined;
  }
}

/** Keeps profiles under a key. */
export function cacheProfiles(key: string, profiles: readonly LlmProfile[]): void {
  const file = fileOf(key);
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    writeFileSync(temporary, JSON.stringify(profiles));
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
}

function fileOf(key: string): string {
  return join(cacheFolder(), `${key}.json`);
}

/** `SIM_CACHE`, or where the platform keeps what can be made again. */
function cacheFolder(): string {
  const { SIM_CACHE, XDG_CACHE_HOME } = process.env;
  return SIM_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sim", "profiles");
}

let code: string | undefined;

/** A hash of the files of the program. */
function codeHash(): string {
  if (code !== undefined) return code;
  const hash = createHash("sha256");
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => /\.[jt]s$/.test(name)).sort()) {
    hash.update(file).update(readFileSync(join(folder, file)));
  }
  code = hash.digest("hex");
  return code;
}
