/**
 * Reads a results directory: its documents at once, its tables when they are asked for. What is
 * missing, cut off or not written by sim is a UserError that names the file.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { UserError } from "../errors.ts";
import { isManifest, MANIFEST_FILE } from "./manifest.ts";
import {
  type ClusterDocument,
  clusterDocument,
  type ManifestDocument,
  manifestDocument,
  type SummaryDocument,
  summaryDocument,
} from "./result-documents.ts";
import { ResultTable } from "./result-table.ts";

const HINT = "name a directory that `sim run` or `sim replay` wrote";

/** The tables of a run. */
export type TableName = "executions" | "calls" | "iterations" | "gpus" | "predictions";

/** An opened results directory. */
export class ResultsReader {
  readonly summary: SummaryDocument;
  readonly cluster: ClusterDocument;
  readonly manifest: ManifestDocument;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    const manifest = join(directory, MANIFEST_FILE);
    if (!existsSync(manifest) || !isManifest(readText(manifest))) {
      throw new UserError(`"${directory}" is not a results directory of sim`, { hint: HINT });
    }
    this.manifest = readDocument(manifest, manifestDocument);
    this.summary = readDocument(join(directory, "summary.json"), summaryDocument);
    this.cluster = readDocument(join(directory, "cluster.json"), clusterDocument);
  }

  /** The plan file's text; undefined for an infeasible plan. */
  get planText(): string | undefined {
    const path = join(this.#directory, "plan.yaml");
    return existsSync(path) ? readText(path) : undefined;
  }

  /** A table of the run; undefined where the run has none. */
  table(name: TableName): ResultTable | undefined {
    const path = join(this.#directory, `${name}.arrow`);
    return existsSync(path) ? new ResultTable(readBytes(path), path) : undefined;
  }
}

function readDocument<T extends z.ZodType>(path: string, schema: T): z.infer<T> {
  let content: unknown;
  try {
    content = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("is not JSON: cut off, or edited", { where: { file: path }, hint: HINT });
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new UserError(`${key.join(".")}: ${message}`, { where: { file: path }, hint: HINT });
}

function readText(path: string): string {
  return Buffer.from(readBytes(path)).toString("utf8");
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UserError(`cannot read "${path}": ${error.message}`, { hint: HINT });
  }
}
