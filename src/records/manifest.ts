/**
 * `manifest.json`: where a results directory comes from, and the mark by which a directory is
 * known as one. It is the only file that may differ between runs of the same seed and inputs, so
 * everything that reads a clock belongs here; the caller does the reading.
 */

/** The origin of a results directory. */
export interface Manifest {
  /** Version of sim. */
  readonly version: string;
  /** The command line after `sim`, one argument an entry. */
  readonly command: readonly string[];
  /** Master seed of each replication. */
  readonly seeds: readonly number[];
  /** SHA-256 of each input, in hexadecimal, by path or bundled name. */
  readonly inputHashes: Readonly<Record<string, string>>;
  /** Seconds of real time by stage, such as `plan`, `simulate` and `total`. */
  readonly wallTimes: Readonly<Record<string, number>>;
  /** Start of the run, ISO 8601. */
  readonly startedAt: string;
  readonly nodeVersion: string;
}

export const MANIFEST_FILE = "manifest.json";

const PRODUCER = "sim";

/** The text of `manifest.json`; inputs are listed by name, whatever order they came in. */
export function formatManifest(manifest: Manifest): string {
  const content = {
    schema_version: 1,
    producer: PRODUCER,
    version: manifest.version,
    command: manifest.command,
    seeds: manifest.seeds,
    input_sha256: Object.fromEntries(
      Object.entries(manifest.inputHashes).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    wall_seconds: manifest.wallTimes,
    started_at: manifest.startedAt,
    node_version: manifest.nodeVersion,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Whether `text` is a manifest that sim wrote. */
export function isManifest(text: string): boolean {
  try {
    const content: unknown = JSON.parse(text);
    return (
      typeof content === "object" &&
      content !== null &&
      "producer" in content &&
      content.producer === PRODUCER
    );
  } catch {
    return false;
  }
}
