/**
 * Profiles kept between runs, by a hash of all that they follow from: workflow, models, engine,
 * GPUs, links, seed, and the simulator's own code. A file that cannot be read or written is as good
 * as none: the profile is made anew.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LlmProfile } from "../llm/profile-table.ts";
import { boundFolder, readKept, writeKept } from "./kept-files.ts";
import type { TracingSetup } from "./tracing.ts";

/** Bytes of all profiles kept; a workload's are some tens of kilobytes. */
const BYTES_MAX = 256 * 2 ** 20;

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
  return readKept(cacheFolder(), key) as LlmProfile[] | undefined;
}

/** Keeps profiles under a key. */
export function cacheProfiles(key: string, profiles: readonly LlmProfile[]): void {
  try {
    writeKept(cacheFolder(), key, profiles);
    boundFolder(cacheFolder(), BYTES_MAX);
  } catch {
    // The profiles at hand serve; the next run makes them anew.
  }
}

/** `SIM_CACHE`, or beside the results. */
function cacheFolder(): string {
  return process.env.SIM_CACHE ?? join("results", ".cache", "profiles");
}

let code: string | undefined;

/** A hash of the files of the program. */
export function codeHash(): string {
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
